"""Publishes fan-out messages to Kafka, or checks what they delivered. Runs inside a pod of the platform, not here.

`fanout_burst` runs this file with python3 in a pod of feed-rebuild, which has the settings of Kafka and Redis. Usage:
`heads COUNT` creates that many empty feeds for viewers without accounts and prints the viewers' ids;
`burst MESSAGES WIDTH VIEWER...` publishes messages, each with a new post for one of these viewers and for WIDTH viewers
without a cached feed, and prints viewer -> posts; `missing JSON`, with that output, prints how many of these posts are
not in the feeds.
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
BATCH_MESSAGES = 200
GRAPH = 1
Feeds = dict[int, list[int]]


def feed_cache(client: RedisClusterClient) -> RedisFeedCache:
    """Return the feed cache of the platform that this pod belongs to."""
    source = process_source()
    return RedisFeedCache(client, redis_settings(source).key_prefix, feed_settings(source))


async def heads(count: int) -> list[int]:
    """Create complete, empty feeds for viewers without accounts."""
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
    """Return the messages, and the posts that each viewer has to receive."""
    built: list[OutgoingMessage] = []
    expected: Feeds = {viewer: [] for viewer in viewers}
    for number in range(messages):
        viewer, post_id = viewers[number % len(viewers)], FIRST_POST + secrets.randbits(50)
        expected[viewer].append(post_id)
        # New viewers each time: deliveries to the same viewer are batched and cost little.
        others = [secrets.randbits(60) for _ in range(width)]
        wanted = FanoutRange(post_id, viewer, now_ms, (viewer, *others), last=False)
        built.append(OutgoingMessage(Topic.FEED_FANOUT, secrets.token_hex(8), encode(wanted)))
    return built, expected


async def burst(messages: int, width: int, viewers: list[int]) -> Feeds:
    """Publish the messages, and return once Kafka has all of them."""
    built, expected = build_messages(messages, width, viewers, SystemClock().now_ms())
    async with open_publisher(kafka_settings(process_source()), "fanout-burst") as publisher:
        for start in range(0, len(built), BATCH_MESSAGES):
            await publisher.publish(built[start : start + BATCH_MESSAGES])
    return expected


async def missing(expected: Feeds) -> int:
    """Count the posts that are missing from the feeds."""
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
    """Run the command on the command line, and print its result as JSON."""
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
