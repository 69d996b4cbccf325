"""Run inside a pod of the platform, not here: puts fan-out messages into Kafka, or looks for what they delivered.

`fanout_burst` hands this file to python3 in a pod of feed-rebuild, which knows Kafka and Redis. Usage:
`heads COUNT` makes that many whole feeds of nobody and prints their viewers' ids; `burst MESSAGES WIDTH VIEWER...`
publishes messages, each with a post of its own for one of these viewers and WIDTH viewers without a feed, and prints
viewer -> posts; `missing JSON`, with what that printed, prints how many of these posts are not in their feeds.
"""

import asyncio
import json
import secrets
import sys

from photo_core.clock import SystemClock
from photo_core.domain.feed.head import FeedHead, whole_head
from photo_core.engines.kafka import kafka_settings
from photo_core.engines.redis import redis_settings
from photo_core.messages.events import FanoutRange, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import OutgoingMessage
from photo_core.settings import feed_settings, process_source
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.feeds import RedisFeedCache
from photo_core.streams.publisher import open_publisher

FIRST_POST = 1 << 61  # later than any real one
PUBLISHED_AT_ONCE = 200
GRAPH = 1
Feeds = dict[int, list[int]]


def feed_cache(client: RedisClusterClient) -> RedisFeedCache:
    """Return the feeds of the platform that this pod belongs to."""
    source = process_source()
    return RedisFeedCache(client, redis_settings(source).key_prefix, feed_settings(source))


async def heads(count: int) -> list[int]:
    """Make whole, empty feeds of viewers who are nobody."""
    client = RedisClusterClient(redis_settings(process_source()))
    try:
        feeds, viewers = feed_cache(client), [secrets.randbits(60) for _ in range(count)]
        for viewer in viewers:
            nonce = await feeds.begin_rebuild(viewer)
            await feeds.finish_rebuild(viewer, nonce, FeedHead((), 0), GRAPH)
        return viewers
    finally:
        await client.close()


def build_messages(messages: int, width: int, viewers: list[int], now_ms: int) -> tuple[list[OutgoingMessage], Feeds]:
    """Return the messages, and which post each viewer is to find."""
    built: list[OutgoingMessage] = []
    expected: Feeds = {viewer: [] for viewer in viewers}
    for number in range(messages):
        viewer, post_id = viewers[number % len(viewers)], FIRST_POST + secrets.randbits(50)
        expected[viewer].append(post_id)
        others = [secrets.randbits(60) for _ in range(width)]  # the same ones would be written together, at little cost
        wanted = FanoutRange(post_id, viewer, now_ms, (viewer, *others), last=False)
        built.append(OutgoingMessage(Topic.FEED_FANOUT, secrets.token_hex(8), encode(wanted)))
    return built, expected


async def burst(messages: int, width: int, viewers: list[int]) -> Feeds:
    """Publish; returns once Kafka has everything."""
    built, expected = build_messages(messages, width, viewers, SystemClock().now_ms())
    async with open_publisher(kafka_settings(process_source()), "fanout-burst") as publisher:
        for start in range(0, len(built), PUBLISHED_AT_ONCE):
            await publisher.publish(built[start : start + PUBLISHED_AT_ONCE])
    return expected


async def missing(expected: Feeds) -> int:
    """Count the posts that are not in the feeds where they belong."""
    client = RedisClusterClient(redis_settings(process_source()))
    try:
        feeds, lost = feed_cache(client), 0
        for viewer, posts in expected.items():
            cached = await feeds.read(viewer)
            head = whole_head(cached.head, cached.epoch, GRAPH)
            lost += len(set(posts) - set(head.post_ids if head is not None else ()))
        return lost
    finally:
        await client.close()


def main() -> None:
    """Do what the words say, and print it as JSON."""
    match sys.argv[1:]:
        case ["heads", count]:
            print(json.dumps(asyncio.run(heads(int(count)))))
        case ["burst", messages, width, *viewers]:
            print(json.dumps(asyncio.run(burst(int(messages), int(width), [int(viewer) for viewer in viewers]))))
        case ["missing", expected]:
            posts = {int(viewer): found for viewer, found in json.loads(expected).items()}
            print(json.dumps(asyncio.run(missing(posts))))


if __name__ == "__main__":
    main()
