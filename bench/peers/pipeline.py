"""Peer: fan-out by one consumer that reads posts from Kafka and followers from PostgreSQL and writes sorted sets.

Run by `bench.feed.pipeline` as `python -m bench.peers.pipeline`; the engines come from the environment of a pod.
It commits after the effect and writes in the fastest way of `redis_py_writer`. It has no planner and no second topic,
which saves one hop.
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
    """The event of a new post."""

    post_id: int
    author_id: int
    created_at_ms: int


async def _followers(pool: Any, author_id: int) -> list[int]:
    return [row[0] for row in await pool.fetch(FOLLOWERS, author_id)]


def build_items(post: PeerPost, followers: list[int]) -> list[Item]:
    """Return the deliveries of a post."""
    return [(zset_key(str(follower)), str(post.post_id), post.created_at_ms) for follower in followers]


class Fanout:
    """Consumes posts until it is told to end."""

    def __init__(self) -> None:
        self._ending = False

    def end(self, *_: object) -> None:
        """End after the current message."""
        self._ending = True

    async def run(self) -> None:
        """Deliver one post after the other."""
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
