"""Brings a database to the schema of this version: run as a Job before a rollout, safe to run again or at once."""

from typing import TYPE_CHECKING

import structlog

from photo_core.stores import migrations
from photo_core.stores.migrations import Migration, load
from photo_core.stores.postgres.pool import PostgresPool

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    from photo_core.engines.postgres import PostgresSettings

ADVISORY_LOCK = 5_107_407_119  # any number that nothing else in the database uses
PACKAGE = "photo_core.stores.postgres"
logger = structlog.get_logger(__name__)


async def provision(settings: "PostgresSettings") -> None:
    """Apply what is missing, all in one transaction.

    Raises:
        EngineUnavailable: PostgreSQL does not answer, or another provisioning takes too long.
    """
    pool = PostgresPool(settings, max_size=1)
    try:
        async with pool.transaction() as connection:
            await connection.execute("SET LOCAL statement_timeout = 0")
            await connection.execute("SELECT pg_advisory_xact_lock($1)", ADVISORY_LOCK, timeout=120)
            for migration in migrations.missing(load(PACKAGE, ".sql"), await _applied(connection)):
                await _apply(connection, migration)
    finally:
        await pool.close()


async def missing(settings: "PostgresSettings") -> tuple[str, ...]:
    """Return the migrations that are not applied, for who applies them by hand; nothing is written.

    Raises:
        EngineUnavailable: PostgreSQL does not answer.
    """
    pool = PostgresPool(settings, max_size=1)
    try:
        async with pool.connection() as connection:
            there = await connection.fetchval("SELECT to_regclass('schema_version') IS NOT NULL")
            rows = await connection.fetch("SELECT version FROM schema_version") if there else []
    finally:
        await pool.close()
    lacking = migrations.missing(load(PACKAGE, ".sql"), frozenset(row["version"] for row in rows))
    return tuple(f"migration {migration.name}" for migration in lacking)


async def _applied(connection: "PoolConnectionProxy") -> frozenset[int]:
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_version "
        "(version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    rows = await connection.fetch("SELECT version FROM schema_version")
    return frozenset(row["version"] for row in rows)


async def _apply(connection: "PoolConnectionProxy", migration: Migration) -> None:
    for statement in migration.statements:
        await connection.execute(statement, timeout=600)
    await connection.execute(
        "INSERT INTO schema_version (version, name) VALUES ($1, $2)", migration.version, migration.name
    )
    logger.info("migration_applied", engine="postgres", name=migration.name)
