"""A Redis Cluster client that packs commands per master and repairs itself.

redis-py's `RedisCluster` supplies topology, connections and redirects; its own pipeline costs 29 us a command, so
commands to one master go out here as one write on one of that master's connections (3 us). Called by
`photo_core.stores.redis.feeds`; knows nothing of feeds.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError, ResponseError

from photo_core.errors import Engine, EngineUnavailable
from photo_core.settings import RedisSettings
from photo_core.stores.redis.exchange import Command, exchange_all, ping, settle

SOCKET_SECONDS = 0.3  # one write, one attempt to connect
SINGLE_SECONDS = 0.2  # the reply to one command: a reader waits for it
BATCH_SECONDS = 2.0  # the replies to a batch: a worker waits for them
CONNECT_SECONDS = 3.0  # learning the topology, dead seeds included
CONNECTIONS_PER_NODE = 64
# how redis-py says that a cluster does not serve: its RedisClusterException is no RedisError
FAILURES = (RedisError, RedisClusterException, OSError, TimeoutError)


class RedisClusterClient:
    """One process's connections to a cluster. Every failure is an `EngineUnavailable`.

    After any failure the topology is learned anew in the background. The seeds are DNS names and stay the seeds, so
    that this works when every pod has come back under a new address; where it does not, the whole client is replaced.
    """

    def __init__(self, settings: RedisSettings) -> None:
        self._settings = settings
        self._cluster: RedisCluster | None = None
        self._connecting: asyncio.Task[RedisCluster] | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def run(self, command: Command) -> Any:
        """Send one command and return its reply."""
        (reply,) = await self._run([command], SINGLE_SECONDS)
        return reply

    async def run_all(self, commands: Sequence[Command]) -> list[Any]:
        """Send commands, packed per master, and return their replies in order.

        Raises:
            EngineUnavailable: a command failed; those to other masters have finished.
        """
        return await self._run(commands, BATCH_SECONDS)

    async def probe(self) -> None:
        """Ask every master of the topology in use whether it is one and sees all slots served."""
        cluster = await self._ready()
        with self._failures(cluster):
            await ping(cluster.get_primaries(), BATCH_SECONDS)

    async def close(self) -> None:
        """Give all connections back."""
        for task in (self._connecting, self._refreshing):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if self._cluster is not None:
            await self._cluster.aclose()
            self._cluster = None

    async def _run(self, commands: Sequence[Command], seconds: float) -> list[Any]:
        cluster = await self._ready()
        with self._failures(cluster):
            replies = await exchange_all(cluster, commands, seconds)
            return [await settle(cluster, *pair) for pair in zip(commands, replies, strict=True)]

    async def _ready(self) -> RedisCluster:
        if self._cluster is not None:
            return self._cluster
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect())
            self._connecting.add_done_callback(_retrieve)
        # a caller's deadline must not end the attempt that the callers after it wait for
        return await asyncio.shield(self._connecting)

    async def _connect(self) -> RedisCluster:
        cluster = _new_cluster(self._settings)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await cluster.initialize()
        except FAILURES as error:
            raise _unavailable(error) from error
        else:
            self._cluster = cluster
            return cluster
        finally:
            self._connecting = None

    @contextlib.contextmanager
    def _failures(self, cluster: RedisCluster) -> Iterator[None]:
        try:
            yield
        except asyncio.CancelledError:
            # a caller's deadline: the master may hang
            self._suspect(cluster)
            raise
        except FAILURES as error:
            self._suspect(cluster)
            raise _unavailable(error) from error

    def _suspect(self, cluster: RedisCluster) -> None:
        if self._refreshing is None and self._cluster is cluster:
            self._refreshing = asyncio.create_task(self._refresh(cluster))

    async def _refresh(self, cluster: RedisCluster) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await cluster.nodes_manager.initialize()
        except FAILURES:
            self._cluster = None
            await cluster.aclose()
        finally:
            self._refreshing = None


def _new_cluster(settings: RedisSettings) -> RedisCluster:
    login = settings.login
    return RedisCluster(
        startup_nodes=[ClusterNode(host, port) for host, port in settings.nodes],
        dynamic_startup_nodes=False,
        max_connections=CONNECTIONS_PER_NODE,
        retry=Retry(NoBackoff(), 1),
        username=login.username,
        password=login.password,
        socket_timeout=SOCKET_SECONDS,
        socket_connect_timeout=SOCKET_SECONDS,
        protocol=2,
        ssl=login.ca_path is not None,
        ssl_ca_certs=login.ca_path,
    )


def _retrieve(task: asyncio.Task[RedisCluster]) -> None:
    """Mark a failed attempt as seen, also when every caller's deadline has passed."""
    if not task.cancelled():
        task.exception()


def _unavailable(error: Exception) -> EngineUnavailable:
    said = str(error) if isinstance(error, (ResponseError, OSError)) else ""
    return EngineUnavailable(Engine.REDIS, said or type(error).__name__)
