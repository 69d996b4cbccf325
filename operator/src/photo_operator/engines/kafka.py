"""Kafka's probe, and the lag of a consumer group. Called by `pool` and `scaling.watch`.

Offsets are read by a consumer that never joins the group, not by the admin client: librdkafka 2.16 aborts the process
when the connection to a group's coordinator drops during an admin request (confluentinc/librdkafka#4605). The client
blocks, so each call runs in a thread.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterable
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient

from photo_core.errors import Engine
from photo_core.streams.client import REFUSED_LOGINS, scram_config
from photo_operator.crds.engines import Kafka
from photo_operator.engines.lag import Lag, Offsets
from photo_operator.engines.model import Credentials, Health, healthy, refused, unreachable, untrusted

TIMEOUT_SECONDS = 4.0
PEEKED_MESSAGES = 50
_SPECIFIC = REFUSED_LOGINS | {KafkaError._SSL}  # noqa: SLF001


def count_lag(ends: dict[int, int], starts: dict[int, int], committed: dict[int, int]) -> Lag:
    """Return the lag of partitions by their ends, starts and committed offsets (negative: none committed)."""
    done = {index: max(committed.get(index, -1), starts.get(index, 0)) for index in ends}
    return Lag(tuple(Offsets(index, ends[index], done[index]) for index in sorted(ends)))


def key_of_most(messages: Iterable[Message]) -> str:
    """Return the key that more than half of the messages have; empty if there is none."""
    keys = [message.key() or b"" for message in messages if message.error() is None]
    key, count = Counter(keys).most_common(1)[0] if keys else (b"", 0)
    return str(key.decode(errors="replace")) if count > len(keys) / 2 else ""


class KafkaProbe:
    """Clients of one Kafka with one Secret: one that probes, and one per consumer group that reads offsets."""

    def __init__(self, spec: Kafka, credentials: Credentials) -> None:
        self._spec = spec
        self._credentials = credentials
        self._last_error: KafkaError | None = None
        self._prober = AdminClient(self._configuration())
        self._readers: dict[str, Consumer] = {}
        self._turn = asyncio.Lock()  # waiting for a turn occupies no thread
        self._reading = threading.Lock()  # a consumer must not be closed while a thread uses it
        self._closed = False

    def _configuration(self) -> dict[str, Any]:
        values, ca = self._credentials.values, self._credentials.ca_certificate
        return {
            "bootstrap.servers": self._spec.bootstrap_servers,
            "client.id": "photoplatform-operator",
            "socket.timeout.ms": int(TIMEOUT_SECONDS * 1000),
            "reconnect.backoff.max.ms": 2000,
            "error_cb": self._remember,
            "log_level": 2,
        } | scram_config(values["username"], values["password"], {"ssl.ca.pem": ca} if ca else {})

    def _remember(self, error: KafkaError) -> None:
        # after a refused login librdkafka also reports a disconnect, which says less
        if self._last_error is None or self._last_error.code() not in _SPECIFIC or error.code() in _SPECIFIC:
            self._last_error = error

    async def probe(self) -> Health:
        """Request the cluster's brokers and topics."""
        try:
            found = await asyncio.to_thread(self._prober.list_topics, timeout=TIMEOUT_SECONDS)
        except KafkaException as error:
            self._prober.poll(0)
            return self._bad(error)
        self._last_error = None
        return healthy(Engine.KAFKA, f"{len(found.brokers)} brokers")

    def _bad(self, error: Exception) -> Health:
        known = self._last_error
        if known is not None and known.code() in REFUSED_LOGINS:
            return refused(Engine.KAFKA, self._spec.secret_ref.name, known.str())
        if known is not None and known.code() == KafkaError._SSL:  # noqa: SLF001
            return untrusted(Engine.KAFKA, self._spec.bootstrap_servers, known.str())
        return unreachable(Engine.KAFKA, self._spec.bootstrap_servers, known.str() if known else error)

    async def lag(self, topic: str, group: str) -> Lag | None:
        """Return how far a group is behind the end of a topic; None if Kafka does not answer or has no such topic."""
        try:
            async with self._turn:
                return await asyncio.to_thread(self._read, topic, group)
        except KafkaException:
            return None

    def _read(self, topic: str, group: str) -> Lag | None:
        with self._reading:
            return None if self._closed else self._count(self._reader(group), topic)

    def _reader(self, group: str) -> Consumer:
        if group not in self._readers:
            configuration = self._configuration() | {"group.id": group, "enable.auto.commit": False}
            self._readers[group] = Consumer(configuration)
        return self._readers[group]

    @staticmethod
    def _count(reader: Consumer, topic: str) -> Lag | None:
        known = reader.list_topics(topic, TIMEOUT_SECONDS).topics.get(topic)
        if known is None or known.error is not None or not known.partitions:
            return None
        partitions = [TopicPartition(topic, index) for index in sorted(known.partitions)]
        committed = {found.partition: found.offset for found in reader.committed(partitions, TIMEOUT_SECONDS)}
        ends = _offsets(reader, topic, list(committed), OFFSET_END)
        unread = [index for index, offset in committed.items() if offset < 0]
        return count_lag(ends, _offsets(reader, topic, unread, OFFSET_BEGINNING), committed)

    async def most_frequent_key(self, topic: str, group: str, at: Offsets) -> str:
        """Return the key of most of the next uncommitted messages of a partition; empty if no key has most."""
        try:
            async with self._turn:
                return await asyncio.to_thread(self._peek, topic, group, at)
        except KafkaException:
            return ""

    def _peek(self, topic: str, group: str, at: Offsets) -> str:
        with self._reading:
            if self._closed:
                return ""
            reader = self._reader(group)
            reader.assign([TopicPartition(topic, at.number, at.committed)])
            try:
                return key_of_most(reader.consume(PEEKED_MESSAGES, TIMEOUT_SECONDS / 2))
            finally:
                reader.unassign()

    async def close(self) -> None:
        """Close the consumers; the admin client is closed when it is garbage-collected."""
        await asyncio.to_thread(self._close_readers)

    def _close_readers(self) -> None:
        with self._reading:
            self._closed = True
            for reader in self._readers.values():
                reader.close()
            self._readers.clear()


def _offsets(reader: Consumer, topic: str, partitions: list[int], which: int) -> dict[int, int]:
    """Return the first or the last offsets of partitions, with one request per broker."""
    if not partitions:
        return {}
    asked = [TopicPartition(topic, index, which) for index in partitions]
    return {found.partition: found.offset for found in reader.offsets_for_times(asked, TIMEOUT_SECONDS)}


PROBE = KafkaProbe
