"""The closed list of topics and consumer groups. Every name that meets Kafka comes from here.

Names carry the platform's prefix (`spec.engines.kafka.prefix`), which two platforms on one Kafka differ in.
"""

from enum import StrEnum

from msgspec import Struct

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Topic(StrEnum):
    """Facts that are already durable."""

    POSTS_CREATED = "posts.created"  # key: author id
    POSTS_DELETED = "posts.deleted"  # key: author id
    INTERACTIONS = "interactions"  # likes and comments; key: post id
    FEED_FANOUT = "feed.fanout"  # key: follower-range id
    FEED_REBUILD = "feed.rebuild"  # key: viewer-range id
    S3_EVENTS = "s3.events"  # in the store's own shape; key: object key
    MEDIA_UPLOADED = "media.uploaded"  # key: media id
    MEDIA_PROCESSED = "media.processed"  # key: media id


class Group(StrEnum):
    """Consumer groups; the worker of the same component commits to it."""

    FANOUT_PLANNER = "fanout-planner"  # posts.created -> feed.fanout
    FANOUT_WORKERS = "fanout-workers"  # feed.fanout -> Redis
    INTERACTION_COUNTER = "interaction-counter"  # interactions -> counts of posts
    PURGE = "purge"  # posts.deleted -> nothing left of them
    FEED_REBUILD = "feed-rebuild"  # feed.rebuild -> Redis
    MEDIA_INGEST = "media-ingest"  # s3.events -> media.uploaded
    IMAGE_ENCODE = "image-encode"  # media.uploaded -> variants, media.processed


class TopicSpec(Struct, frozen=True):
    """How a topic is created."""

    topic: Topic
    partitions: int
    retention_ms: int


TOPICS: tuple[TopicSpec, ...] = (
    TopicSpec(Topic.POSTS_CREATED, partitions=32, retention_ms=7 * DAY_MS),
    TopicSpec(Topic.POSTS_DELETED, partitions=8, retention_ms=7 * DAY_MS),
    TopicSpec(Topic.INTERACTIONS, partitions=64, retention_ms=7 * DAY_MS),
    TopicSpec(Topic.FEED_FANOUT, partitions=128, retention_ms=2 * DAY_MS),
    TopicSpec(Topic.FEED_REBUILD, partitions=16, retention_ms=DAY_MS),
    TopicSpec(Topic.S3_EVENTS, partitions=8, retention_ms=2 * DAY_MS),
    TopicSpec(Topic.MEDIA_UPLOADED, partitions=16, retention_ms=7 * DAY_MS),
    TopicSpec(Topic.MEDIA_PROCESSED, partitions=16, retention_ms=7 * DAY_MS),
)

# who reads what: retry and dead-letter topics exist for these pairs
SUBSCRIPTIONS: tuple[tuple[Topic, Group], ...] = (
    (Topic.POSTS_CREATED, Group.FANOUT_PLANNER),
    (Topic.FEED_FANOUT, Group.FANOUT_WORKERS),
    (Topic.INTERACTIONS, Group.INTERACTION_COUNTER),
    (Topic.POSTS_DELETED, Group.PURGE),
    (Topic.FEED_REBUILD, Group.FEED_REBUILD),
    (Topic.S3_EVENTS, Group.MEDIA_INGEST),
    (Topic.MEDIA_UPLOADED, Group.IMAGE_ENCODE),
)


def retry_topic(topic: Topic, group: Group) -> str:
    """Return the name of the topic in which a group's failed messages wait for another try."""
    return f"{topic}.{group}.retry"


def dead_letter_topic(topic: Topic, group: Group) -> str:
    """Return the name of the topic in which a group's hopeless messages wait for a person."""
    return f"{topic}.{group}.dlq"


def prefixed(prefix: str, name: str) -> str:
    """Return a topic's or a group's name as Kafka knows it on a platform with this prefix."""
    return f"{prefix}{name}"
