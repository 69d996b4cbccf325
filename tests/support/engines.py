"""Connections of contract and integration tests to the engines that the environment names, as a pod's would."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import msgspec

from photo_core.domain.runtime_policy import ReadConsistency
from photo_core.engines.cassandra import CassandraSettings, cassandra_settings
from photo_core.engines.postgres import PostgresSettings, postgres_settings
from photo_core.settings import process_source
from photo_core.stores.cassandra import provision as cassandra_provision
from photo_core.stores.cassandra.session import CassandraSession
from photo_core.stores.postgres import provision as postgres_provision
from photo_core.stores.postgres.pool import PostgresPool


def contract_keyspace() -> CassandraSettings:
    """Return the platform's Cassandra with a keyspace of the tests' own: a running relay must not see their records."""
    settings = cassandra_settings(process_source())
    return msgspec.structs.replace(settings, keyspace=f"{settings.keyspace}_contract")


@asynccontextmanager
async def cassandra(to_show: Callable[[], ReadConsistency | None] = lambda: None) -> AsyncIterator[CassandraSession]:
    """Open a session in the tests' own keyspace."""
    settings = contract_keyspace()
    await cassandra_provision.provision(settings)
    session = CassandraSession(settings, to_show)
    try:
        yield session
    finally:
        await session.close()


@asynccontextmanager
async def postgres() -> AsyncIterator[PostgresPool]:
    """Open a pool on the platform's database, whose rows tests tell apart by random ids."""
    pool = PostgresPool(postgres_settings(process_source()), max_size=8)
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def own_tables() -> AsyncIterator[PostgresSettings]:
    """Make tables of the test's own in the platform's database, for what a platform has only one of."""
    settings = postgres_settings(process_source())
    schema = f"contract_{secrets.token_hex(8)}"
    joined = "&" if urlsplit(settings.uri).query else "?"
    # without a folder: what is mounted names everybody's tables
    own = msgspec.structs.replace(settings, uri=f"{settings.uri}{joined}search_path={schema}", folder=None)
    async with postgres() as everybodys, everybodys.connection() as connection:
        await connection.execute(f"CREATE SCHEMA {schema}")
        try:
            await postgres_provision.provision(own)
            yield own
        finally:
            await connection.execute(f"DROP SCHEMA {schema} CASCADE")


@asynccontextmanager
async def postgres_of_its_own() -> AsyncIterator[PostgresPool]:
    """Open a pool on tables of the test's own."""
    async with own_tables() as settings:
        pool = PostgresPool(settings, max_size=4)
        try:
            yield pool
        finally:
            await pool.close()
