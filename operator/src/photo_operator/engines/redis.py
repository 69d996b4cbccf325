"""Redis Cluster's probe: every master answers and every slot has one. Called by `monitor`, once a second.

It keeps one connection a node and remembers the masters' run ids: all of them changed means that all were lost, even
if none was seen missing.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct
from redis.asyncio import Redis as Client
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from photo_core.errors import Engine
from photo_operator.crds import Redis
from photo_operator.engines.model import Credentials, Health, healthy, not_whole, refused, unreachable

TIMEOUT_SECONDS = 0.8
SLOTS = 16384

Address = tuple[str, int]


class Master(Struct, frozen=True):
    """A master and the number of slots that it serves."""

    address: Address
    slots: int


def masters_of(reply: Iterable[Sequence[Any]]) -> tuple[Master, ...]:
    """Return the masters of a CLUSTER SLOTS reply, ordered by address."""
    counted: dict[Address, int] = {}
    for entry in reply:
        first, last, master = entry[:3]
        host = master[0].decode() if isinstance(master[0], bytes) else str(master[0])
        address = (host, int(master[1]))
        counted[address] = counted.get(address, 0) + int(last) - int(first) + 1
    return tuple(Master(address, slots) for address, slots in sorted(counted.items()))


def all_restarted(before: frozenset[str], now: frozenset[str]) -> bool:
    """Whether no master that was known is still the same process."""
    return bool(before) and bool(now) and not before & now


class RedisProbe:
    """Connections to one Redis Cluster with one Secret."""

    def __init__(self, spec: Redis, credentials: Credentials) -> None:
        self._spec = spec
        self._credentials = credentials
        self._clients: dict[Address, Client] = {}
        self._run_ids: frozenset[str] = frozenset()
        self.masters_lost = 0  # times that every master was another process than before

    async def probe(self) -> Health:
        """Ask every master for itself."""
        try:
            masters = await self._masters()
            if sum(master.slots for master in masters) < SLOTS:
                return not_whole(Engine.REDIS, "not every slot has a master")
            return await self._ask(masters)
        except (AuthenticationError, NoPermissionError) as error:
            return refused(Engine.REDIS, self._spec.secret_ref.name, error)
        except (RedisError, OSError, TimeoutError) as error:
            await self.close()
            return unreachable(Engine.REDIS, ",".join(self._spec.nodes), error)

    async def _masters(self) -> tuple[Master, ...]:
        last: Exception = TimeoutError("no node answers")
        for address in (*self._clients, *self._seeds()):
            try:
                return masters_of(await self._call(address, "CLUSTER SLOTS"))
            except (AuthenticationError, NoPermissionError):
                raise
            except (RedisError, OSError, TimeoutError) as error:
                last = error
        raise last

    def _seeds(self) -> list[Address]:
        parts = [node.rpartition(":") for node in self._spec.nodes]
        return [(host, int(port)) if host else (port, 6379) for host, _, port in parts]

    async def _ask(self, masters: tuple[Master, ...]) -> Health:
        answers = await asyncio.gather(
            *(self._run_id(master.address) for master in masters),
            return_exceptions=True,
        )
        bad = [f"{m.address[0]}: {a}" for m, a in zip(masters, answers, strict=True) if isinstance(a, BaseException)]
        if bad:
            return not_whole(Engine.REDIS, f"{len(bad)} of {len(masters)} masters do not answer: {bad[0]}")
        self._remember(frozenset(str(answer) for answer in answers))
        return healthy(Engine.REDIS, f"{len(masters)} masters")

    def _remember(self, run_ids: frozenset[str]) -> None:
        self.masters_lost += all_restarted(self._run_ids, run_ids)
        self._run_ids = run_ids

    async def _run_id(self, address: Address) -> str:
        answer = await self._call(address, "INFO", "server")
        return str(answer["run_id"])

    async def _call(self, address: Address, *command: str) -> Any:
        client = self._clients.get(address) or self._connect(address)
        self._clients[address] = client
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await client.execute_command(*command)  # type: ignore[no-untyped-call]
        except (RedisError, OSError, TimeoutError):
            self._clients.pop(address, None)
            await client.aclose()
            raise

    def _connect(self, address: Address) -> Client:
        values = self._credentials.values
        return Client(
            host=address[0],
            port=address[1],
            username=values["username"],
            password=values["password"],
            ssl=self._credentials.ca_certificate is not None,
            ssl_ca_data=self._credentials.ca_certificate,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            max_connections=1,
            retry=Retry(NoBackoff(), 0),
        )

    async def close(self) -> None:
        """Close every connection."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()
