"""Create the topics that `messages.topics` lists, with their retry and dead-letter topics.

Called by `photo-workers provision`, which only asks what is `missing` where the topics are another's; idempotent. It
never shrinks or deletes a topic, and leaves a topic with more partitions than wanted as it is.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewPartitions, NewTopic
from msgspec import Struct

from photo_core.engines.kafka import KafkaSettings
from photo_core.errors import Engine, EngineUnavailable
from photo_core.messages.topics import (
    DAY_MS,
    SUBSCRIPTIONS,
    TOPICS,
    dead_letter_topic,
    prefixed,
    retry_topic,
)
from photo_core.streams.client import client_config

if TYPE_CHECKING:
    from concurrent.futures import Future

ANSWER_SECONDS = 10.0
OPERATION_SECONDS = 60.0
DEAD_LETTER_RETENTION_MS = 30 * DAY_MS  # time for a person to look
RETRY_SHARE = 4  # a retry topic has this fraction of its topic's partitions
BROKER_DEFAULT = -1  # the replication factor is the cluster's business


class WantedTopic(Struct, frozen=True):
    """A topic as Kafka should have it; `name` carries the prefix."""

    name: str
    partitions: int
    retention_ms: int


class TopicPlan(Struct, frozen=True):
    """What is missing."""

    create: tuple[WantedTopic, ...]
    grow: tuple[WantedTopic, ...]
    keep: tuple[WantedTopic, ...]


def build_wanted(prefix: str, divisor: int) -> tuple[WantedTopic, ...]:
    """Return every topic of a platform, partitions divided by `divisor` but at least one."""
    plain = {
        spec.topic: WantedTopic(prefixed(prefix, spec.topic), max(1, spec.partitions // divisor), spec.retention_ms)
        for spec in TOPICS
    }
    retries = [
        WantedTopic(
            prefixed(prefix, retry_topic(topic, group)),
            max(1, plain[topic].partitions // RETRY_SHARE),
            plain[topic].retention_ms,
        )
        for topic, group in SUBSCRIPTIONS
    ]
    dead = [
        WantedTopic(prefixed(prefix, dead_letter_topic(topic, group)), 1, DEAD_LETTER_RETENTION_MS)
        for topic, group in SUBSCRIPTIONS
    ]
    return (*plain.values(), *retries, *dead)


def build_plan(wanted: tuple[WantedTopic, ...], observed: Mapping[str, int]) -> TopicPlan:
    """Compare with the partitions that exist, by topic name."""
    return TopicPlan(
        create=tuple(topic for topic in wanted if topic.name not in observed),
        grow=tuple(topic for topic in wanted if 0 < observed.get(topic.name, 0) < topic.partitions),
        keep=tuple(topic for topic in wanted if topic.name in observed),
    )


async def provision(settings: KafkaSettings) -> None:
    """Bring Kafka to the wanted topics.

    Raises:
        EngineUnavailable: Kafka did not answer, refused, or does not show every topic yet; what is done stays, so
            call again.
    """
    wanted = build_wanted(settings.prefix, settings.partition_divisor)
    await asyncio.to_thread(_provision, settings, wanted)


async def missing(settings: KafkaSettings) -> tuple[str, ...]:
    """Return the topics that are not there, for who makes them by hand; how many partitions they have is theirs.

    Raises:
        EngineUnavailable: Kafka did not answer.
    """
    try:
        observed = await observe(settings)
    except KafkaException as error:
        raise EngineUnavailable(Engine.KAFKA, str(error)) from error
    wanted = build_wanted(settings.prefix, settings.partition_divisor)
    return tuple(f"topic {topic.name}" for topic in build_plan(wanted, observed).create)


async def observe(settings: KafkaSettings) -> dict[str, int]:
    """Return the partitions of every topic that Kafka has, by name."""
    return await asyncio.to_thread(_observe, AdminClient(client_config(settings, "provision")))


def _provision(settings: KafkaSettings, wanted: tuple[WantedTopic, ...]) -> None:
    try:
        admin = AdminClient(client_config(settings, "provision"))
        _apply(admin, build_plan(wanted, _observe(admin)))
        left = build_plan(wanted, _observe(admin))
    except KafkaException as error:
        raise EngineUnavailable(Engine.KAFKA, str(error)) from error
    if left.create or left.grow:
        raise EngineUnavailable(Engine.KAFKA, f"does not show {len(left.create) + len(left.grow)} topics yet")


def _observe(admin: AdminClient) -> dict[str, int]:
    return {name: len(topic.partitions) for name, topic in admin.list_topics(timeout=ANSWER_SECONDS).topics.items()}


def _apply(admin: AdminClient, plan: TopicPlan) -> None:
    if plan.create:
        _wait(admin.create_topics([_new_topic(topic) for topic in plan.create], operation_timeout=OPERATION_SECONDS))
    if plan.grow:
        growing = [NewPartitions(topic.name, topic.partitions) for topic in plan.grow]
        _wait(admin.create_partitions(growing, operation_timeout=OPERATION_SECONDS))
    if plan.keep:
        _wait(admin.incremental_alter_configs([_retention(topic) for topic in plan.keep]))


def _new_topic(topic: WantedTopic) -> NewTopic:
    return NewTopic(
        topic.name,
        num_partitions=topic.partitions,
        replication_factor=BROKER_DEFAULT,
        config={"retention.ms": str(topic.retention_ms)},
    )


def _retention(topic: WantedTopic) -> ConfigResource:
    entry = ConfigEntry("retention.ms", str(topic.retention_ms), incremental_operation=AlterConfigOpType.SET)
    return ConfigResource(ResourceType.TOPIC, topic.name, incremental_configs=[entry])


def _wait(started: Mapping[Any, "Future[Any]"]) -> None:
    """Wait for every operation; a topic that another run has created meanwhile is as good."""
    for future in started.values():
        try:
            future.result(timeout=OPERATION_SECONDS)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
