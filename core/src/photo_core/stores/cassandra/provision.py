"""Brings a keyspace to the tables of this version: run as a Job before a rollout, safe to run again.

A keyspace that exists keeps its replication: how many copies there are is the owner's decision.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import structlog
from cassandra import DriverException
from cassandra.cluster import NoHostAvailable, Session
from cassandra.connection import ConnectionException

from photo_core.errors import Engine, EngineUnavailable
from photo_core.stores import migrations
from photo_core.stores.cassandra.session import build_cluster
from photo_core.stores.migrations import Migration, load

if TYPE_CHECKING:
    from photo_core.engines.cassandra import CassandraSettings

PACKAGE = "photo_core.stores.cassandra"
DDL_TIMEOUT_SECONDS = 60.0
SCHEMA_VERSION_IS_THERE = """
SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s AND table_name = 'schema_version'
"""
SCHEMA_VERSION = """
CREATE TABLE IF NOT EXISTS schema_version (version int PRIMARY KEY, name text, applied_at timestamp)
"""
T = TypeVar("T")
logger = structlog.get_logger(__name__)


async def provision(settings: "CassandraSettings") -> None:
    """Create the keyspace with one copy unless it exists, and apply what is missing.

    Every statement may run twice, at once or after an interruption: `IF NOT EXISTS` throughout.

    Raises:
        EngineUnavailable: Cassandra does not answer.
    """
    await _answered(_provision, settings)


async def missing(settings: "CassandraSettings") -> tuple[str, ...]:
    """Return the migrations that are not applied, for who applies them by hand; nothing is written.

    Raises:
        EngineUnavailable: Cassandra does not answer.
    """
    lacking = migrations.missing(load(PACKAGE, ".cql"), await _answered(_read_applied, settings))
    return tuple(f"migration {migration.name}" for migration in lacking)


async def _answered(call: Callable[["CassandraSettings"], T], settings: "CassandraSettings") -> T:
    try:
        return await asyncio.to_thread(call, settings)
    except (NoHostAvailable, ConnectionException, DriverException, OSError) as error:
        raise EngineUnavailable(Engine.CASSANDRA, f"{type(error).__name__}: {error}") from error


def _read_applied(settings: "CassandraSettings") -> frozenset[int]:
    cluster = build_cluster(settings)
    try:
        session = cluster.connect()
        there = session.execute(SCHEMA_VERSION_IS_THERE, (settings.keyspace,)).one()
        rows = session.execute(f'SELECT version FROM "{settings.keyspace}".schema_version') if there else ()  # noqa: S608
        return frozenset(row.version for row in rows)
    finally:
        cluster.shutdown()


def _provision(settings: "CassandraSettings") -> None:
    cluster = build_cluster(settings)
    try:
        session = cluster.connect()
        _create_keyspace(session, settings)
        for migration in migrations.missing(load(PACKAGE, ".cql"), _applied(session)):
            _apply(session, migration)
    finally:
        cluster.shutdown()


def build_keyspace(settings: "CassandraSettings") -> str:
    """Return the statement that creates the keyspace."""
    replication = f"{{'class': 'NetworkTopologyStrategy', '{settings.local_datacenter}': 1}}"
    return f'CREATE KEYSPACE IF NOT EXISTS "{settings.keyspace}" WITH replication = {replication}'


def _create_keyspace(session: Session, settings: "CassandraSettings") -> None:
    session.execute(build_keyspace(settings), timeout=DDL_TIMEOUT_SECONDS)
    session.set_keyspace(settings.keyspace)


def _applied(session: Session) -> frozenset[int]:
    session.execute(SCHEMA_VERSION, timeout=DDL_TIMEOUT_SECONDS)
    return frozenset(row.version for row in session.execute("SELECT version FROM schema_version"))


def _apply(session: Session, migration: Migration) -> None:
    for statement in migration.statements:
        session.execute(statement, timeout=DDL_TIMEOUT_SECONDS)
    session.execute(
        "INSERT INTO schema_version (version, name, applied_at) VALUES (%s, %s, toTimestamp(now()))",
        (migration.version, migration.name),
    )
    logger.info("migration_applied", engine="cassandra", name=migration.name)
