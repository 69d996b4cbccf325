"""Produces the outbox records that the API could not produce itself, so that no acknowledged fact is lost.

Run by `photo-workers run outbox-relay`; several replicas are safe, since consumers tolerate repeated messages. The
outbox port returns no record younger than 5 s, which is left to the API's own producer.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from photo_core.clock import Clock
from photo_core.engines.cassandra import cassandra_settings
from photo_core.errors import EngineUnavailable
from photo_core.ports.events import EventPublisher, OutgoingMessage
from photo_core.ports.posts import Outbox, OutboxRecord
from photo_core.telemetry.metrics import OUTBOX_RELAYED
from photo_workers.outcomes import hold_delay
from photo_workers.process import WorkerProcess

LOG = structlog.get_logger(__name__)
PASS_EVERY_SECONDS = 2.0
FULL_PASS = 1_000  # as many as `Outbox.due` returns at most: there may be more
DISCARDS_AT_ONCE = 32


@dataclass(frozen=True)
class OutboxRelay:
    """Moves due records to Kafka."""

    outbox: Outbox
    publisher: EventPublisher
    clock: Clock

    async def relay(self) -> int:
        """Produce the due records, discard them once Kafka has them, and return their number."""
        records = await self.outbox.due(self.clock.now_ms())
        if records:
            await self.publisher.publish([OutgoingMessage(r.topic, r.key, r.value) for r in records])
            OUTBOX_RELAYED.inc(len(records))
            await self._discard(records)
        return len(records)

    async def _discard(self, records: Sequence[OutboxRecord]) -> None:
        for start in range(0, len(records), DISCARDS_AT_ONCE):
            await asyncio.gather(*map(self.outbox.discard, records[start : start + DISCARDS_AT_ONCE]))


async def run_relay(relay: OutboxRelay, process: WorkerProcess) -> None:
    """Relay pass after pass until told to drain; wait for engines that are down."""
    failures = 0
    while not process.draining.is_set():
        process.heartbeat.beat()
        try:
            wait = 0.0 if await relay.relay() >= FULL_PASS else PASS_EVERY_SECONDS
            failures = 0
        except EngineUnavailable as unavailable:
            LOG.warning("waiting for an engine", engine=unavailable.engine, detail=unavailable.detail)
            wait = hold_delay(failures)
            failures += 1
        await _drained_within(process.draining, wait)


async def _drained_within(draining: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(draining.wait(), seconds)
    except TimeoutError:
        return


@asynccontextmanager
async def _open_relay(process: WorkerProcess) -> AsyncIterator[OutboxRelay]:
    from photo_core.stores.cassandra.outbox import CassandraOutbox
    from photo_core.stores.cassandra.session import CassandraSession

    session = CassandraSession(cassandra_settings(process.source))
    try:
        yield OutboxRelay(CassandraOutbox(session), process.publisher, process.clock)
    finally:
        await session.close()


async def run(process: WorkerProcess) -> None:
    """Relay until told to drain."""
    async with _open_relay(process) as relay:
        await run_relay(relay, process)
