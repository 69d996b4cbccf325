"""The real `EventConsumer`: a member of a consumer group under KIP-848, read from the event loop.

Opened by the workers' main. librdkafka is only ever called from one thread at a time: every call is a
`to_thread` that is awaited before the next. It handles no message and decides no retry.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from photo_core.clock import Clock
from photo_core.engines.kafka import KafkaSettings
from photo_core.errors import Engine, EngineUnavailable
from photo_core.messages.topics import Group, Topic, prefixed, retry_topic
from photo_core.ports.events import IncomingMessage
from photo_core.streams.client import Config, RenewedLogin, client_config
from photo_core.streams.records import incoming
from photo_core.streams.waiting import Partition, Pause, admit, over, seconds_to_next

LOG = structlog.get_logger(__name__)
POLL_SECONDS = 0.5  # the longest delay until a drain is noticed
RETRY_COMMIT_SECONDS = 5.0  # between two attempts to commit what Kafka has refused
LEAVE_SECONDS = 5.0  # longer, and the broker's session timeout ends the membership


@dataclass(frozen=True)
class GroupMembership:
    """The subscription of a consumer: a topic and its retry topic, as a member of a group."""

    topic: Topic
    group: Group
    client_id: str


def consumer_config(settings: KafkaSettings, membership: GroupMembership) -> Config:
    """Return the consumer's configuration: dynamic membership, manual commits, small prefetch."""
    return client_config(settings, membership.client_id) | {
        "group.id": prefixed(settings.prefix, membership.group),
        "group.protocol": "consumer",
        # per topic: the default assignor may give a new member nothing but partitions of the retry topic
        "group.remote.assignor": "range",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "fetch.error.backoff.ms": 200,
        "queued.min.messages": 200,
        "queued.max.messages.kbytes": 8_192,
    }


class KafkaEventConsumer:
    """Reads a topic and its retry topic. Open it with `open_consumer`."""

    def __init__(
        self, settings: KafkaSettings, membership: GroupMembership, clock: Clock, draining: asyncio.Event
    ) -> None:
        self.topic = membership.topic
        self.group = membership.group
        self._prefix = settings.prefix
        self._clock = clock
        self._draining = draining
        self._pauses: dict[Partition, Pause] = {}
        self._early: list[IncomingMessage] = []
        self._pending_commits: dict[Partition, int] = {}  # offsets that Kafka has not acknowledged yet
        self._retried_at = 0.0  # when they were last committed again, without waiting for the answer
        # revoked since the current batch was polled: their new owners commit
        self._lost: set[Partition] = set()
        self._login = RenewedLogin(settings.login)
        told = {"error_cb": self._login.note, "on_commit": self._committed}
        self._consumer = Consumer(consumer_config(settings, membership) | told)
        names = [self._prefixed(self.topic), self._prefixed(retry_topic(self.topic, self.group))]
        self._consumer.subscribe(names, on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked)

    async def batches(self, limit: int) -> AsyncIterator[Sequence[IncomingMessage]]:
        """Poll, and yield the due messages, at most `limit`; at least twice a second, possibly none."""
        while not self._draining.is_set():
            yield await asyncio.to_thread(self._poll_due, limit)

    async def commit(self, messages: Sequence[IncomingMessage]) -> None:
        """Commit the offsets after these messages; refused commits are retried while the consumer is idle."""
        after = {(message.topic, message.partition): message.offset + 1 for message in messages}
        self._pending_commits |= {place: offset for place, offset in after.items() if place not in self._lost}
        if self._pending_commits:
            await asyncio.to_thread(self._commit_pending)

    async def hold(self, seconds: float) -> bool:
        """Keep polling with every partition paused; return True as soon as the process is asked to drain."""
        until = self._clock.monotonic() + seconds
        while not self._draining.is_set() and (left := until - self._clock.monotonic()) > 0:
            await asyncio.to_thread(self._poll_paused, min(left, POLL_SECONDS))
        await asyncio.to_thread(self._resume_all)
        return self._draining.is_set()

    async def close(self) -> None:
        """Leave the group, so that its other members get the partitions at once."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(self._consumer.close), LEAVE_SECONDS)

    def _poll_due(self, limit: int) -> list[IncomingMessage]:
        self._lost.clear()
        self._end_pauses()
        taken, self._early = self._early, []
        if not taken:
            timeout = seconds_to_next(self._pauses.values(), self._clock.now_ms(), POLL_SECONDS)
            first = self._consumer.poll(timeout)
            self._login.renew(self._consumer)
            if first is None and self._pending_commits:
                self._retry_commits()  # otherwise an idle partition would show lag for ever
            # only what is there already: waiting for a fuller batch would delay the first message
            rest = self._consumer.consume(limit - 1, 0) if first is not None and limit > 1 else []
            taken = self._decode([first, *rest] if first is not None else [])
        admission = admit(taken, self._clock.now_ms())
        for partition, pause in admission.pauses.items():
            self._pause(partition, pause)
        return list(admission.due)

    def _poll_paused(self, timeout: float) -> None:
        """Poll to keep the membership alive; a newly assigned partition may still deliver a message."""
        self._consumer.pause(self._consumer.assignment())
        message = self._consumer.poll(timeout)
        self._login.renew(self._consumer)
        self._early += self._decode([message] if message is not None else [])

    def _resume_all(self) -> None:
        assigned = self._consumer.assignment()
        self._consumer.resume([p for p in assigned if (self._named(p.topic), p.partition) not in self._pauses])

    def _pause(self, partition: Partition, pause: Pause) -> None:
        place = TopicPartition(self._prefixed(partition[0]), partition[1], pause.offset)
        try:
            self._consumer.pause([place])
            self._consumer.seek(place)
        except KafkaException as error:  # revoked: the new owner reads it from the committed offset
            LOG.info("not paused", partition=partition, detail=str(error))
        else:
            self._pauses[partition] = pause

    def _end_pauses(self) -> None:
        ended = over(self._pauses, self._clock.now_ms())
        for partition in ended:
            del self._pauses[partition]
        if ended:
            self._consumer.resume([TopicPartition(self._prefixed(topic), number) for topic, number in ended])

    def _commit_pending(self) -> None:
        offsets = self._pending_offsets()
        try:
            committed = self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            LOG.warning("not committed", partitions=len(offsets), detail=str(error))
            return
        self._remove_committed(committed or ())

    def _retry_commits(self) -> None:
        """Commit again without waiting: without Kafka the answer takes longer than a drain may."""
        if self._clock.monotonic() - self._retried_at >= RETRY_COMMIT_SECONDS:
            self._retried_at = self._clock.monotonic()
            with contextlib.suppress(KafkaException):
                self._consumer.commit(offsets=self._pending_offsets(), asynchronous=True)

    def _committed(self, error: KafkaError | None, places: list[TopicPartition]) -> None:
        if error is None:
            self._remove_committed(places)

    def _remove_committed(self, places: Sequence[TopicPartition]) -> None:
        """Remove the offsets that Kafka has committed from the pending commits."""
        for place in places:
            partition = (self._named(place.topic), place.partition)
            if place.error:
                LOG.warning("not committed", partition=partition, detail=str(place.error))
            elif self._pending_commits.get(partition) == place.offset:
                del self._pending_commits[partition]

    def _pending_offsets(self) -> list[TopicPartition]:
        return [
            TopicPartition(self._prefixed(topic), number, at) for (topic, number), at in self._pending_commits.items()
        ]

    def _decode(self, messages: Sequence[Message]) -> list[IncomingMessage]:
        """Return the messages of a poll, and log its errors.

        Raises:
            EngineUnavailable: the client has failed for good; a new process can go on.
        """
        for error in [error for message in messages if (error := message.error()) is not None]:
            LOG.warning("kafka consumer", detail=error.str(), fatal=error.fatal())
            if error.fatal():
                raise EngineUnavailable(Engine.KAFKA, error.str())
        return [incoming(message, self._prefix) for message in messages if not message.error()]

    def _assigned(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        LOG.info("partitions assigned", group=self.group, partitions=_names(partitions))

    def _revoked(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        gone = {(self._named(place.topic), place.partition) for place in partitions}
        self._pauses = {place: pause for place, pause in self._pauses.items() if place not in gone}
        self._early = [message for message in self._early if (message.topic, message.partition) not in gone]
        self._pending_commits = {place: offset for place, offset in self._pending_commits.items() if place not in gone}
        self._lost |= gone
        LOG.info("partitions revoked", group=self.group, partitions=_names(partitions))

    def _prefixed(self, name: str) -> str:
        return prefixed(self._prefix, name)

    def _named(self, known_as: str) -> str:
        return known_as.removeprefix(self._prefix)


def _names(partitions: Sequence[TopicPartition]) -> list[str]:
    return [f"{place.topic}-{place.partition}" for place in partitions]


@asynccontextmanager
async def open_consumer(
    settings: KafkaSettings, membership: GroupMembership, clock: Clock, draining: asyncio.Event
) -> AsyncIterator[KafkaEventConsumer]:
    """Join the group, and leave it cleanly at the end. Kafka need not answer yet."""
    consumer = KafkaEventConsumer(settings, membership, clock, draining)
    try:
        yield consumer
    finally:
        await consumer.close()
