"""Brings a keyspace to the tables of this version: run as a Job before a rollout, safe to run again.

A keyspace that exists keeps its replication: how many copies there are is the owner's decision.
"""

import asyncio
from typing import TYPE_CHECKING

import structlog
from cassandra import DriverException
from cassandra.cluster import NoHostAvailable, Session
from cassandra.connection import ConnectionException

from photo_core.errors import Engine, EngineUnavailable
from photo_core.stores.cassandra.session import build_cluster
from photo_core.stores.migrations import Migration, load, missing

if TYPE_CHECKING:
    from photo_core.settings import CassandraSettings

PACKAGE = "photo_core.stores.cassandra"
DDL_TIMEOUT_SECONDS = 60.0
SCHEMA_VERSION = """
CREATE TABLE IF NOT EXISTS schema_version (version int PRIMARY KEY, name text, applied_at timestamp)
"""
logger = structlog.get_logger(__name__)


async def provision(settings: "CassandraSettings") -> None:
    """Create the keyspace with one copy unless it exists, and apply what is missing.

    Every statement may run twice, at once or after an interruption: `IF NOT EXISTS` throughout.

    Raises:
        EngineUnavailable: Cassandra does not answer.
    """
    try:
        await asyncio.to_thread(_provision, settings)
    except (NoHostAvailable, ConnectionException, DriverException, OSError) as error:
        raise EngineUnavailable(Engine.CASSANDRA, f"{type(error).__name__}: {error}") from error


def _provision(settings: "CassandraSettings") -> None:
    cluster = build_cluster(settings)
    try:
        session = cluster.connect()
        _create_keyspace(session, settings)
        for migration in missing(load(PACKAGE, ".cql"), _applied(session)):
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
