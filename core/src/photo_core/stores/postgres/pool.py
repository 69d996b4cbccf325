"""Connections to PostgreSQL. Every store of this package borrows one here; no SQL stands in this module.

The pool connects at first use and again after every loss, resolving the host name each time, so that a process
starts and stays up whatever the state of the engine.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import asyncpg

from photo_core.errors import Engine, EngineUnavailable
from photo_core.telemetry.tracing import TRACER
from photo_core.tls import refusal, trust

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    from photo_core.engines.postgres import PostgresSettings

STATEMENT_TIMEOUT_SECONDS = 5
CONNECT_TIMEOUT_SECONDS = 3
ACQUIRE_TIMEOUT_SECONDS = 4
RELEASE_TIMEOUT_SECONDS = 4  # for a statement that is being cancelled
KEPT_SECONDS = 1.0
ASKED_OFTEN_SECONDS = 0.5  # all who ask wait for each other, and none of them waits for longer

# states of the engine, or of its schema before it is provisioned; anything else is a mistake of ours
UNAVAILABLE = (
    OSError,  # also TimeoutError and every TLS failure
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that its server has just ended, before asyncpg has closed it
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
)


class PostgresPool:
    """At most `max_size` connections to one database.

    Args:
        settings: where, and with which CA; a CA means that the certificate and the host name are verified.
        max_size: connections of this process.
    """

    def __init__(self, settings: "PostgresSettings", max_size: int = 10) -> None:
        self._settings = settings
        self._max_size = max_size
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._kept: PoolConnectionProxy[asyncpg.Record] | None = None
        self._kept_until = 0.0
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
        """Lend a connection.

        Raises:
            EngineUnavailable: PostgreSQL does not answer in time, refuses, or is not provisioned.
        """
        with TRACER.start_as_current_span("postgres"):
            try:
                pool = await self._opened()
                connection = await _borrowed(pool)
                try:
                    yield connection
                except (asyncio.CancelledError, asyncpg.InternalClientError):
                    _abandon(connection)
                    raise
                finally:
                    await pool.release(connection, timeout=RELEASE_TIMEOUT_SECONDS)
            except UNAVAILABLE as error:
                await self._left_behind(error)
                raise EngineUnavailable(Engine.POSTGRES, _described(error)) from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
        """Lend a connection inside a transaction, committed at the end of the block."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def ask_often(self, query: str, *values: object) -> list[asyncpg.Record]:
        """Return what a short query answers that requests ask all the time; questions take turns.

        Lending a connection costs more than such a query: so one is kept for a second, and given back then, since the
        pool may mean to replace it.

        Raises:
            EngineUnavailable: as for `connection`.
        """
        async with self._turn:
            try:
                return await self._asked(query, *values)
            except UNAVAILABLE as error:
                raise EngineUnavailable(Engine.POSTGRES, _described(error)) from error

    async def close(self) -> None:
        """End every connection at once; borrowed ones too."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = self._kept = None

    async def _asked(self, query: str, *values: object) -> list[asyncpg.Record]:
        pool, now = await self._opened(), asyncio.get_running_loop().time()
        if now > self._kept_until:
            await self._give_back_kept(pool)
        try:
            if self._kept is None:
                self._kept, self._kept_until = await _borrowed(pool), now + KEPT_SECONDS
            async with asyncio.timeout(ASKED_OFTEN_SECONDS):
                return await self._kept.fetch(query, *values)
        except BaseException:
            if self._kept is not None:
                _abandon(self._kept)
            await self._give_back_kept(pool)
            raise

    async def _give_back_kept(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            await pool.release(kept, timeout=RELEASE_TIMEOUT_SECONDS)

    async def _left_behind(self, error: BaseException) -> None:
        """Connect anew after a failover: connections to the former primary would go on refusing to write."""
        if self._pool is not None and isinstance(error, asyncpg.ReadOnlySQLTransactionError):
            await self._pool.expire_connections()

    async def _opened(self) -> "asyncpg.Pool[asyncpg.Record]":
        if self._pool is None:
            # with min_size=0 nothing is awaited in here, so two callers cannot open two pools
            self._pool = await asyncpg.create_pool(**build_options(self._settings, self._max_size))
        return self._pool


async def _borrowed(pool: "asyncpg.Pool[asyncpg.Record]") -> "PoolConnectionProxy[asyncpg.Record]":
    # cheaper than the pool's own timeout, which makes a task for each loan
    async with asyncio.timeout(ACQUIRE_TIMEOUT_SECONDS):
        return await pool.acquire()


def _abandon(connection: "PoolConnectionProxy[asyncpg.Record]") -> None:
    """Close a connection at once: a cancelled caller must not wait until a server that hangs cancels the query."""
    with suppress(asyncpg.InterfaceError):  # it is closed already
        connection.terminate()


async def _leave_as_it_is(_connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Send nothing when a connection comes back: no store leaves anything in a session but what a transaction ends."""


def build_options(settings: "PostgresSettings", max_size: int) -> dict[str, Any]:
    """Return what asyncpg's pool is opened with."""
    return {
        "dsn": settings.uri,
        "connect": _connecting(settings),
        "min_size": 0,
        "max_size": max_size,
        "timeout": CONNECT_TIMEOUT_SECONDS,
        # the server's own timeout comes first; the client's ends a wait for a peer that is gone
        "command_timeout": STATEMENT_TIMEOUT_SECONDS + 1,
        "reset": _leave_as_it_is,
        "max_inactive_connection_lifetime": 60,
        "server_settings": {"statement_timeout": f"{STATEMENT_TIMEOUT_SECONDS}s", "application_name": "photoplatform"},
    }


def _connecting(settings: "PostgresSettings") -> Callable[..., Awaitable["asyncpg.Connection[asyncpg.Record]"]]:
    """Return how the pool connects: with the URI and the CA that are mounted now, since both are rotated."""

    async def connect(_uri: str, **options: Any) -> "asyncpg.Connection[asyncpg.Record]":
        now = settings.renewed()
        return await asyncpg.connect(now.uri, ssl=trust(now.ca_path), **options)

    return connect


def _described(error: BaseException) -> str:
    return refusal(error) or (f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
