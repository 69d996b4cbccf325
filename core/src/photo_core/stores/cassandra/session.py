"""The way to Cassandra: one driver session bridged to asyncio. Every store of this package executes through it.

It connects at first use. When no node answers any more, the whole driver is replaced, since the driver knows
nodes by the addresses of their pods and the names in the settings have to be resolved again.
Every statement of this code base is idempotent (explicit timestamps, or an LWT that returns the holder), which is
what allows a retry on a fresh session.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import structlog
from cassandra import ConsistencyLevel, DriverException, ProtocolVersion, RequestValidationException
from cassandra.auth import AuthProvider, PlainTextAuthenticator
from cassandra.cluster import (
    EXEC_PROFILE_DEFAULT,
    Cluster,
    ExecutionProfile,
    NoHostAvailable,
    ResponseFuture,
    Session,
)
from cassandra.connection import ConnectionException
from cassandra.policies import DCAwareRoundRobinPolicy, ExponentialReconnectionPolicy, TokenAwarePolicy
from cassandra.query import BatchStatement, BatchType, PreparedStatement

from photo_core.domain.runtime_policy import ReadConsistency
from photo_core.errors import Engine, EngineUnavailable
from photo_core.telemetry.metrics import DATABASE_READ_SECONDS, ENGINE_FAILURES
from photo_core.telemetry.tracing import TRACER
from photo_core.tls import name_to_prove, trust

if TYPE_CHECKING:
    from photo_core.engines.cassandra import CassandraSettings
    from photo_core.settings import PasswordLogin

REQUEST_TIMEOUT_SECONDS = 5.0
CONNECT_TIMEOUT_SECONDS = 5.0
RECONNECT_DELAY_SECONDS = 0.5
HEARTBEAT_SECONDS = 3  # a pod that is gone without a word is noticed within two of these

NOT_PROVISIONED = ("unconfigured table", "does not exist")

LEVELS: dict[ReadConsistency | None, int] = {
    None: ConsistencyLevel.LOCAL_QUORUM,
    ReadConsistency.LOCAL_QUORUM: ConsistencyLevel.LOCAL_QUORUM,
    ReadConsistency.LOCAL_ONE: ConsistencyLevel.LOCAL_ONE,
}
Bound = tuple[str, Sequence[Any]]
logger = structlog.get_logger(__name__)


class CassandraSession:
    """Statements at LOCAL_QUORUM, prepared once; rows are named tuples.

    Args:
        settings: where; the keyspace is the current one of every statement.
        to_show: the consistency ordered for reads that are only shown; None for that of all others.
    """

    def __init__(
        self, settings: "CassandraSettings", to_show: Callable[[], ReadConsistency | None] = lambda: None
    ) -> None:
        self._settings = settings
        self._to_show = to_show
        self._connecting: asyncio.Task[_Connected] | None = None

    async def execute(self, cql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Run one statement and return all its rows.

        Args:
            cql: with `?` for each parameter; prepared once a session.
            parameters: the values, in order.

        Raises:
            EngineUnavailable: no node answered in time, or the keyspace is not provisioned.
        """
        return await self._retried([(cql, parameters)])

    async def execute_to_show(self, cql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Run one read whose answer may lack the latest writes, at the consistency that is ordered for those.

        docs/explanation/degraded.md lists all such reads; no decision rests on one.

        Raises:
            EngineUnavailable: as `execute`.
        """
        return await self._retried([(cql, parameters)], LEVELS[self._to_show()])

    async def execute_batch(self, statements: Sequence[Bound]) -> None:
        """Run statements as one logged batch: all of them or, in time, all of them.

        Raises:
            EngineUnavailable: as `execute`; the batch may still happen, so it is tried again with the same values.
        """
        await self._retried(statements)

    async def close(self) -> None:
        """End the connections."""
        connecting, self._connecting = self._connecting, None
        if connecting is not None:
            with suppress(EngineUnavailable, asyncio.CancelledError):
                await _shut_down(await connecting)

    async def _retried(self, statements: Sequence[Bound], level: int = ConsistencyLevel.LOCAL_QUORUM) -> list[Any]:
        with TRACER.start_as_current_span("cassandra"), _measured(statements):
            try:
                return await self._attempt(statements, level)
            except _AllGone:
                pass
            try:
                return await self._attempt(statements, level)
            except _AllGone as error:
                raise EngineUnavailable(Engine.CASSANDRA, f"no node answers: {error}") from error

    async def _attempt(self, statements: Sequence[Bound], level: int) -> list[Any]:
        connecting = self._current()
        connected = await asyncio.shield(connecting)
        try:
            prepared = [await connected.bind(cql, parameters) for cql, parameters in statements]
            statement = prepared[0] if len(prepared) == 1 else _batch_of(prepared)
            statement.consistency_level = level
            return await gathered(connected.session.execute_async(statement))
        except (NoHostAvailable, ConnectionException) as error:
            self._forget(connecting)
            raise _AllGone(str(error)) from error
        except (DriverException, OSError) as error:
            if _is_mistake(error):
                raise
            raise EngineUnavailable(Engine.CASSANDRA, f"{type(error).__name__}: {error}") from error

    def _current(self) -> "asyncio.Task[_Connected]":
        if self._connecting is None or _has_failed(self._connecting):
            self._connecting = asyncio.create_task(_connect(self._settings))
        return self._connecting

    def _forget(self, connecting: "asyncio.Task[_Connected]") -> None:
        """Replace this driver, unless another statement already has; the next one resolves the names again."""
        if self._connecting is connecting:
            self._connecting = None
            logger.warning("cassandra_session_replaced")
            asyncio.get_running_loop().run_in_executor(None, connecting.result().cluster.shutdown)


@contextmanager
def _measured(statements: Sequence[Bound]) -> Iterator[None]:
    """Count what fails, and time what reads: the operator judges Cassandra by what pods see."""
    began = time.perf_counter()
    try:
        yield
    except EngineUnavailable:
        ENGINE_FAILURES.labels(engine=Engine.CASSANDRA).inc()
        raise
    finally:
        if statements[0][0].lstrip().startswith("SELECT"):
            DATABASE_READ_SECONDS.observe(time.perf_counter() - began)


class _AllGone(Exception):
    """No node of this driver answers."""


class _Connected:
    """One driver, with its prepared statements."""

    def __init__(self, cluster: Cluster, session: Session, keyspace: str) -> None:
        self.cluster = cluster
        self.session = session
        self._keyspace = keyspace
        self._prepared: dict[str, PreparedStatement] = {}

    async def bind(self, cql: str, parameters: Sequence[Any]) -> Any:
        """Return a statement with its values."""
        if cql not in self._prepared:
            prepared = await asyncio.to_thread(self.session.prepare, cql, keyspace=self._keyspace)
            prepared.is_idempotent = True
            self._prepared[cql] = prepared
        return self._prepared[cql].bind(parameters)


class _Rows:
    """Collects the pages of one response on the driver's thread and hands them to the event loop."""

    def __init__(self, response: ResponseFuture) -> None:
        self.done: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._response = response
        self._rows: list[Any] = []
        response.add_callbacks(self._on_page, self._on_error)

    def _on_page(self, rows: Sequence[Any] | None) -> None:
        self._rows.extend(rows or ())
        if self._response.has_more_pages:
            self._response.start_fetching_next_page()
        else:
            self._tell(None)

    def _on_error(self, error: BaseException) -> None:
        self._tell(error)

    def _tell(self, error: BaseException | None) -> None:
        with suppress(RuntimeError):  # the loop has been closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._settle, error)

    def _settle(self, error: BaseException | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(self._rows)
        else:
            self.done.set_exception(error)


async def gathered(response: ResponseFuture) -> list[Any]:
    """Await a driver's response and return the rows of all its pages."""
    return await _Rows(response).done


def build_cluster(settings: "CassandraSettings") -> Cluster:
    """Return an unconnected driver; host names are resolved here.

    Raises:
        cassandra.UnresolvableContactPoints: no name can be resolved.
    """
    profile = ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(settings.local_datacenter)),
        consistency_level=ConsistencyLevel.LOCAL_QUORUM,
        serial_consistency_level=ConsistencyLevel.LOCAL_SERIAL,
        request_timeout=REQUEST_TIMEOUT_SECONDS,
    )
    return Cluster(
        contact_points=list(settings.hosts),
        protocol_version=ProtocolVersion.V5,  # Cassandra 4 and later; saves trying newer ones at each connect
        auth_provider=_RenewedLogin(settings.login),
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        ssl_context=_RenewedTrust(settings) if settings.login.renewed().ca_path else None,
        reconnection_policy=ExponentialReconnectionPolicy(0.5, 5),
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        control_connection_timeout=CONNECT_TIMEOUT_SECONDS,
        idle_heartbeat_interval=HEARTBEAT_SECONDS,
        idle_heartbeat_timeout=HEARTBEAT_SECONDS,
    )


class _RenewedLogin(AuthProvider):  # type: ignore[misc] # published without types
    """Logs in with what is mounted now: a driver lives longer than a password."""

    def __init__(self, login: "PasswordLogin") -> None:
        self._login = login

    def new_authenticator(self, _host: str) -> PlainTextAuthenticator:
        """Answer the node that asks."""
        now = self._login.renewed()
        return PlainTextAuthenticator(now.username, now.password)


class _RenewedTrust:
    """Stands where the driver takes an `ssl.SSLContext`: each connection trusts the CA that is mounted now."""

    check_hostname = True  # so that the driver tells the address of the node

    def __init__(self, settings: "CassandraSettings") -> None:
        self._login = settings.login
        self._seeds = [host for host, _ in settings.hosts]

    def wrap_socket(self, raw: socket.socket, *, server_hostname: str, **options: Any) -> ssl.SSLSocket:
        """Wrap a connection to a node, which proves to be of the cluster."""
        context = trust(self._login.renewed().ca_path) or ssl.create_default_context()
        return context.wrap_socket(raw, server_hostname=name_to_prove(server_hostname, self._seeds), **options)


async def _connect(settings: "CassandraSettings") -> _Connected:
    try:
        return await asyncio.to_thread(_connect_blocking, settings)
    except (NoHostAvailable, ConnectionException, DriverException, OSError) as error:
        await asyncio.sleep(RECONNECT_DELAY_SECONDS)  # everybody who waits shares this attempt
        raise EngineUnavailable(Engine.CASSANDRA, f"cannot connect: {error}") from error


def _connect_blocking(settings: "CassandraSettings") -> _Connected:
    cluster = build_cluster(settings)
    try:
        return _Connected(cluster, cluster.connect(), settings.keyspace)
    except BaseException:
        cluster.shutdown()
        raise


async def _shut_down(connected: _Connected) -> None:
    await asyncio.to_thread(connected.cluster.shutdown)


def _has_failed(task: "asyncio.Task[_Connected]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _batch_of(statements: Sequence[Any]) -> BatchStatement:
    batch = BatchStatement(batch_type=BatchType.LOGGED)
    for statement in statements:
        batch.add(statement)
    batch.is_idempotent = True
    return batch


def _is_mistake(error: BaseException) -> bool:
    """Tell a wrong statement of ours from a state of the engine: a table that is not there yet, say."""
    return isinstance(error, RequestValidationException) and not any(text in str(error) for text in NOT_PROVISIONED)
