"""The nodes of a real Redis Cluster as an administrator sees them: who serves what, moves of slots, failovers."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from photo_core.engines.redis import redis_settings
from photo_core.settings import process_source
from tests.support.event_logs import eventually

Address = tuple[str, int]
KEYS_AT_ONCE = 5
SECONDS = 40.0
ATTEMPT_SECONDS = 6.0  # longer than a replica tries


class Node(NamedTuple):
    """A line of CLUSTER NODES; `master` is - where it follows none."""

    name: str
    address: Address
    master: str
    serves: bool  # it owns slots: one that is only being met, or has gone, owns none


class ClusterNodes:
    """Connections to each node; names are node ids."""

    def __init__(self) -> None:
        self._settings = redis_settings(process_source())
        self._open: dict[Address, Redis] = {}

    async def masters(self) -> dict[str, Address]:
        """Return the masters by name."""
        return {node.name: node.address for node in await self._nodes() if node.serves}

    async def replica_of(self, master: str) -> Address:
        """Return a replica of a master, once one is in step with it."""
        found: list[Address] = []

        async def in_step() -> bool:
            replicas = [node.address for node in await self._nodes() if node.master == master]
            found[:] = [address for address in replicas if await self._is_in_step(address)]
            return bool(found)

        try:
            await eventually(in_step, SECONDS)
        except TimeoutError:
            raise AssertionError(f"no replica of {master} is in step: {await self._nodes()}") from None
        return found[0]

    async def _is_in_step(self, replica: Address) -> bool:
        return b"master_link_status:up" in await self._ask(replica, "INFO", "replication")

    async def owners(self) -> list[str]:
        """Return the name of each slot's master."""
        owners = [""] * 16_384
        for first, last, master, *_ in await self._ask(self._settings.nodes[0], "CLUSTER", "SLOTS"):
            owners[first : last + 1] = [master[2].decode()] * (last + 1 - first)
        return owners

    async def move(self, slot: int, source: str, target: str) -> None:
        """Move a slot with its keys as redis-cli does, slowly, so that clients meet it half moved."""
        masters = await self.masters()
        giver, taker = masters[source], masters[target]
        await self._ask(taker, "CLUSTER", "SETSLOT", slot, "IMPORTING", source)
        await self._ask(giver, "CLUSTER", "SETSLOT", slot, "MIGRATING", target)
        login = ("AUTH2", self._settings.login.username, self._settings.login.password)
        while keys := await self._ask(giver, "CLUSTER", "GETKEYSINSLOT", slot, KEYS_AT_ONCE):
            await self._ask(giver, "MIGRATE", *taker, "", 0, 5000, *login, "KEYS", *keys)
            await asyncio.sleep(0.02)
        for address in (taker, giver, *(set(masters.values()) - {taker, giver})):
            await self._ask(address, "CLUSTER", "SETSLOT", slot, "NODE", target)

    async def fail_over(self, replica: Address, *how: str) -> None:
        """Promote a replica and wait until every node knows.

        Asked for again: nobody votes for a replica of a master who was elected a moment ago, and it asks but once.
        """

        async def is_known() -> bool:
            views = [await self._ask(node, "CLUSTER", "SLOTS") for node in self._settings.nodes]
            return all(any((of[2][0].decode(), of[2][1]) == replica for of in view) for view in views)

        async with asyncio.timeout(SECONDS):
            while not await is_known():
                with suppress(ResponseError):  # it has just been promoted
                    await self._ask(replica, "CLUSTER", "FAILOVER", *how)
                with suppress(TimeoutError):
                    await eventually(is_known, ATTEMPT_SECONDS)

    async def restore(self, masters: Collection[Address], owners: Sequence[str]) -> None:
        """Make these nodes the masters again, and of these slots."""
        for address in set(masters) - set((await self.masters()).values()):
            await self.fail_over(address)
        await eventually(partial(self._are_masters, set(masters)), SECONDS)
        for slot, (now, before) in enumerate(zip(await self.owners(), owners, strict=True)):
            if now != before:
                await self.move(slot, now, before)

    async def everywhere(self, *words: Any) -> None:
        """Say something to every node: users are not replicated."""
        for node in await self._nodes():
            await self._ask(node.address, *words)

    async def close(self) -> None:
        """Give all connections back."""
        for node in self._open.values():
            await node.aclose()

    async def _are_masters(self, masters: Collection[Address]) -> bool:
        return set((await self.masters()).values()) == masters

    async def _nodes(self) -> list[Node]:
        found = []
        for line in (await self._ask(self._settings.nodes[0], "CLUSTER", "NODES")).decode().splitlines():
            name, address, _, master, _, _, _, _, *slots = line.split(" ")
            host, _, port = address.partition("@")[0].rpartition(":")
            found.append(Node(name, (host, int(port)), master, bool(slots)))
        return found

    async def _ask(self, address: Address, *words: Any) -> Any:
        if address not in self._open:
            self._open[address] = self._connection(address)
        pool: Any = self._open[address].connection_pool
        borrowed = await pool.get_connection()
        try:
            await borrowed.send_command(*words)
            return await borrowed.read_response()
        finally:
            await pool.release(borrowed)

    def _connection(self, address: Address) -> Redis:
        login = self._settings.login
        return Redis(
            host=address[0],
            port=address[1],
            username=login.username,
            password=login.password,
            protocol=2,
            ssl=login.ca_path is not None,
            ssl_ca_certs=login.ca_path,
            ssl_check_hostname=False,  # nodes are asked by address
        )
