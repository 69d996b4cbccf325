"""A Redis Cluster client that packs commands per master and repairs itself.

redis-py's pipeline would cost 29 us a command, and a connection borrowed from its `RedisCluster` 3 us. Here each master
has one `Link`, over which commands go packed. Called by the stores beside it; knows nothing of feeds.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from photo_core.engines.redis import RedisSettings
from photo_core.errors import Engine, EngineUnavailable
from photo_core.stores.redis.exchange import Answer, Command, exchange_all, ping, request_all
from photo_core.stores.redis.link import Address, ErrorReply, Link, LinkLogin, connect
from photo_core.stores.redis.topology import Slots, learn, slot_of
from photo_core.tasks import mark_exception_retrieved
from photo_core.tls import refusal, trust

SOCKET_SECONDS = 0.3  # one attempt to connect
CONNECT_SECONDS = 3.0  # learning the topology, dead seeds included
FAILURES = (ErrorReply, OSError, TimeoutError)


class Topology:
    """Who serves which slot, as a node said when it was asked last."""

    def __init__(self, slots: Slots) -> None:
        self.slots = slots


class RedisClusterClient:
    """One process's connections to a cluster. Every failure is an `EngineUnavailable`.

    After any failure or redirect the topology is learned anew in the background. The seeds are DNS names and stay the
    seeds, so that this works when every pod has come back under a new address; where it does not, it starts afresh.
    """

    def __init__(self, settings: RedisSettings) -> None:
        self._settings = settings
        self._topology: Topology | None = None
        self._links: dict[Address, Link] = {}
        self._opening: dict[Address, asyncio.Task[Link]] = {}
        self._connecting: asyncio.Task[Topology] | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def run(self, command: Command) -> Answer:
        """Send one command and return its answer."""
        (answer,) = await self.run_all([command])
        return answer

    async def run_all(self, commands: Sequence[Command]) -> list[Answer]:
        """Send commands, packed per master, and return their answers in order.

        Raises:
            EngineUnavailable: a command failed; those to other masters have finished.
        """
        topology = await self._ready()
        with self._failures(topology):
            return await exchange_all(_Network(self, topology), commands)

    async def slots(self) -> Slots:
        """Return who serves which slot as far as known."""
        return (await self._ready()).slots

    async def send(self, payloads: Mapping[Address, tuple[bytes, int]]) -> dict[Address, list[Any]]:
        """Send masters what is packed for them, with its number of commands, and return the replies of each.

        A refused command's reply is a `ErrorReply`: send it again by `run_all`, which follows redirects.

        Raises:
            EngineUnavailable: a master failed; what was sent to others has finished.
        """
        topology = await self._ready()
        with self._failures(topology):
            replied = await request_all(_Network(self, topology), payloads)
            return {address: each.replies for address, each in replied.items()}

    async def probe(self) -> None:
        """Ask every master of the topology in use whether it is one and sees all slots served."""
        topology = await self._ready()
        with self._failures(topology):
            await ping(_Network(self, topology), topology.slots.masters)

    async def close(self) -> None:
        """Give all connections back."""
        for task in (self._connecting, self._refreshing, *self._opening.values()):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        for link in self._links.values():
            link.close()
        self._links.clear()
        self._topology = None

    async def link(self, address: Address) -> Link:
        """Return the open connection to a node, or open one."""
        link = self._links.get(address)
        if link is not None and link.is_open:
            return link
        opening = self._opening.get(address)
        if opening is None:
            opening = self._opening[address] = asyncio.create_task(self._open(address))
            opening.add_done_callback(mark_exception_retrieved)
        # a caller's deadline must not end the attempt that the callers after it wait for
        return await asyncio.shield(opening)

    def suspect(self, topology: Topology) -> None:
        """Learn the topology anew, unless that is under way or this is not the one in use."""
        if self._refreshing is None and self._topology is topology:
            self._refreshing = asyncio.create_task(self._refresh(topology))

    async def _ready(self) -> Topology:
        if self._topology is not None:
            return self._topology
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect())
            self._connecting.add_done_callback(mark_exception_retrieved)
        return await asyncio.shield(self._connecting)

    async def _connect(self) -> Topology:
        try:
            self._topology = Topology(await self._learn())
        except FAILURES as error:
            raise _unavailable(error) from error
        else:
            return self._topology
        finally:
            self._connecting = None

    async def _learn(self) -> Slots:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await learn(self._settings.nodes, _login_of(self._settings), SOCKET_SECONDS)

    async def _open(self, address: Address) -> Link:
        try:
            link = await connect(address, _login_of(self._settings), SOCKET_SECONDS)
            self._links[address] = link
            return link
        finally:
            del self._opening[address]

    @contextlib.contextmanager
    def _failures(self, topology: Topology) -> Iterator[None]:
        try:
            yield
        except asyncio.CancelledError:
            # a caller's deadline: the master may hang
            self.suspect(topology)
            raise
        except FAILURES as error:
            self.suspect(topology)
            raise _unavailable(error) from error

    async def _refresh(self, topology: Topology) -> None:
        try:
            topology.slots = await self._learn()
        except FAILURES:
            self._topology = None
        finally:
            self._refreshing = None
            self._links = {address: link for address, link in self._links.items() if link.is_open}


class _Network:
    """The `Network` of one batch: the topology that it began with."""

    def __init__(self, client: RedisClusterClient, topology: Topology) -> None:
        self._client = client
        self._topology = topology

    def owner(self, key: bytes) -> Address:
        """Return the master of a key's slot as far as known."""
        slots = self._topology.slots
        return slots.masters[slots.owners[slot_of(key)]]

    async def link(self, address: Address) -> Link:
        """Return an open connection to a node."""
        return await self._client.link(address)

    def moved(self) -> None:
        """Learn the topology anew in the background."""
        self._client.suspect(self._topology)


def _login_of(settings: RedisSettings) -> LinkLogin:
    login = settings.login.renewed()
    return LinkLogin(login.username, login.password, trust(login.ca_path), tuple(host for host, _ in settings.nodes))


def _unavailable(error: Exception) -> EngineUnavailable:
    return EngineUnavailable(Engine.REDIS, refusal(error) or str(error) or type(error).__name__)
