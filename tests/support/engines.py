"""Connections of contract and integration tests to the engines that the environment names, as a pod's would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from photo_core.settings import CassandraSettings, cassandra_settings, postgres_settings, process_source
from photo_core.stores.cassandra import provision as cassandra_provision
from photo_core.stores.cassandra.session import CassandraSession
from photo_core.stores.postgres.pool import PostgresPool


def contract_keyspace() -> CassandraSettings:
    """Return the platform's Cassandra with a keyspace of the tests' own: a running relay must not see their records."""
    settings = cassandra_settings(process_source())
    return msgspec.structs.replace(settings, keyspace=f"{settings.keyspace}_contract")


@asynccontextmanager
async def cassandra() -> AsyncIterator[CassandraSession]:
    """Open a session in the tests' own keyspace."""
    settings = contract_keyspace()
    await cassandra_provision.provision(settings)
    session = CassandraSession(settings)
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
