"""Kafka's probe and the lag of a consumer group, through one admin client. Called by `monitor`.

librdkafka has threads of its own; its futures are awaited on the event loop.
"""

import asyncio
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from photo_core.errors import Engine
from photo_operator.crds import Kafka
from photo_operator.engines.model import Credentials, Health, healthy, refused, unreachable
from photo_operator.scaling.model import Lag

TIMEOUT_SECONDS = 5.0
_AUTHENTICATION = frozenset({KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED})  # noqa: SLF001
_ABSENT = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC})  # noqa: SLF001


class KafkaProbe:
    """One admin client for one Kafka and one Secret."""

    def __init__(self, spec: Kafka, credentials: Credentials) -> None:
        self._spec = spec
        self._last_error: KafkaError | None = None
        self._admin = AdminClient(self._configuration(credentials))

    def _configuration(self, credentials: Credentials) -> dict[str, Any]:
        ca = credentials.ca_certificate
        protocol = "SASL_SSL" if ca else "SASL_PLAINTEXT"
        return {
            "bootstrap.servers": self._spec.bootstrap_servers,
            "client.id": "photoplatform-operator",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": credentials.values["username"],
            "sasl.password": credentials.values["password"],
            "socket.timeout.ms": int(TIMEOUT_SECONDS * 1000),
            "reconnect.backoff.max.ms": 2000,
            "error_cb": self._remember,
            "log_level": 2,
            "security.protocol": protocol,
            **({"ssl.ca.pem": ca} if ca else {}),
        }

    def _remember(self, error: KafkaError) -> None:
        self._last_error = error

    async def probe(self) -> Health:
        """Ask for the cluster's description."""
        self._admin.poll(0)
        try:
            described = await self._answer(self._admin.describe_cluster(request_timeout=TIMEOUT_SECONDS))
        except (KafkaException, TimeoutError) as error:
            self._admin.poll(0)
            return self._bad(error)
        self._last_error = None
        return healthy(Engine.KAFKA, f"{len(described.nodes)} brokers")

    def _bad(self, error: Exception) -> Health:
        known = self._last_error
        if known is not None and known.code() in _AUTHENTICATION:
            return refused(Engine.KAFKA, self._spec.secret_ref.name, known.str())
        return unreachable(Engine.KAFKA, self._spec.bootstrap_servers, known.str() if known else error)

    async def lag(self, topic: str, group: str) -> Lag | None:
        """Return a group's committed offsets and the ends of a topic, summed; None where they cannot be had."""
        try:
            partitions = await self._partitions(topic)
            if not partitions:
                return None
            return await self._count(partitions, group)
        except (KafkaException, TimeoutError):
            return None

    async def _partitions(self, topic: str) -> list[TopicPartition]:
        metadata = await asyncio.to_thread(self._admin.list_topics, topic, TIMEOUT_SECONDS)
        found = metadata.topics.get(topic)
        if found is None or (found.error is not None and found.error.code() in _ABSENT):
            return []
        return [TopicPartition(topic, partition) for partition in sorted(found.partitions)]

    async def _count(self, partitions: list[TopicPartition], group: str) -> Lag:
        ends = await self._offsets(partitions, OffsetSpec.latest())  # type: ignore[no-untyped-call]
        committed = await self._committed(partitions, group)
        unread = [partition for partition in partitions if committed.get(partition.partition, -1) < 0]
        earliest = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
        starts = await self._offsets(unread, earliest) if unread else {}
        done = {index: max(committed.get(index, -1), starts.get(index, 0)) for index in ends}
        lags = [max(0, ends[index] - done[index]) for index in ends]
        return Lag(sum(lags), sum(ends.values()), sum(done.values()), len(partitions), max(lags, default=0))

    async def _offsets(self, partitions: list[TopicPartition], spec: OffsetSpec) -> dict[int, int]:
        futures = self._admin.list_offsets(dict.fromkeys(partitions, spec), request_timeout=TIMEOUT_SECONDS)
        return {found.partition: (await self._answer(future)).offset for found, future in futures.items()}

    async def _committed(self, partitions: list[TopicPartition], group: str) -> dict[int, int]:
        request = [ConsumerGroupTopicPartitions(group, partitions)]
        futures = self._admin.list_consumer_group_offsets(request, request_timeout=TIMEOUT_SECONDS)
        answer = await self._answer(futures[group])
        return {found.partition: found.offset for found in answer.topic_partitions if found.error is None}

    async def _answer(self, future: Any) -> Any:
        return await asyncio.wait_for(asyncio.wrap_future(future), TIMEOUT_SECONDS + 1)

    async def close(self) -> None:
        """Let the client go; librdkafka closes it when nothing refers to it."""
        self._admin.poll(0)
