"""Peer: fan-out by one consumer: a post from Kafka, its followers from PostgreSQL, sorted sets in Redis.

Run by `bench.feed.pipeline` as `python -m bench.peers.pipeline`; the engines come from the environment of a pod.
Commits after the effect. Writes by the fastest way of `redis_py_writer`; there is no planner and no second topic,
which spares it a hop.
"""

import asyncio
import signal
from typing import Any

import asyncpg
import msgspec
from confluent_kafka import Consumer
from msgspec import Struct

from bench.peers.redis_py_writer import Item, connected, write_by_node_pipelines, zset_key
from photo_core.engines.kafka import kafka_settings
from photo_core.engines.postgres import postgres_settings
from photo_core.engines.redis import redis_settings
from photo_core.settings import process_source
from photo_core.streams.client import client_config

TOPIC = "peer.posts"
GROUP = "peer-fanout"
POLL_SECONDS = 0.5
FOLLOWERS = "SELECT follower_id FROM follows WHERE followee_id = $1"


class PeerPost(Struct, frozen=True):
    """A post on its way."""

    post_id: int
    author_id: int
    created_at_ms: int


async def _followers(pool: Any, author_id: int) -> list[int]:
    return [row[0] for row in await pool.fetch(FOLLOWERS, author_id)]


def build_items(post: PeerPost, followers: list[int]) -> list[Item]:
    """Return the deliveries of a post."""
    return [(zset_key(str(follower)), str(post.post_id), post.created_at_ms) for follower in followers]


class Fanout:
    """Consumes until told to end."""

    def __init__(self) -> None:
        self._ending = False

    def end(self, *_: object) -> None:
        """Finish after the message under way."""
        self._ending = True

    async def run(self) -> None:
        """Deliver post after post."""
        source = process_source()
        kafka, cluster = kafka_settings(source), connected(redis_settings(source))
        pool = await asyncpg.connect(postgres_settings(source).uri)
        consumer = Consumer(
            client_config(kafka, GROUP)
            | {"group.id": f"{kafka.prefix}{GROUP}", "auto.offset.reset": "earliest", "enable.auto.commit": False}
        )
        consumer.subscribe([f"{kafka.prefix}{TOPIC}"])
        while not self._ending:
            message = consumer.poll(POLL_SECONDS)
            if message is None or message.error() is not None:
                continue
            post = msgspec.json.decode(message.value() or b"", type=PeerPost)
            write_by_node_pipelines(cluster, build_items(post, await _followers(pool, post.author_id)))
            consumer.commit(message=message, asynchronous=True)
        consumer.close()
        await pool.close()


def main() -> None:
    """Run until SIGTERM."""
    fanout = Fanout()
    signal.signal(signal.SIGTERM, fanout.end)
    asyncio.run(fanout.run())


if __name__ == "__main__":
    main()
