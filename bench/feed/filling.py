"""Fills feeds as after long use, before a measurement starts. Called by the figures that write feeds.

Sorted sets hold 800 posts. Feed heads hold 800 posts and, evenly distributed, those that arrived since the last trim,
so that trims happen as often as in the long run and the memory that appends allocate in advance is included.
"""

import asyncio
import random
from collections.abc import Sequence

from redis.crc import key_slot

from bench.feed.context import Bench
from bench.peers.redis_py_writer import CAP, zset_key
from bench.redis_cluster import SHARE, HostCluster
from bench.workloads.deliveries import account_id, chunks, post_id, post_ms
from bench.workloads.graph import SEED
from photo_core.domain.feed import head
from photo_core.domain.feed.head import FeedHead
from photo_core.domain.feed.layout import feed_key, pack_id
from photo_core.engines.redis import redis_settings
from photo_core.settings import feed_settings
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.feeds import RedisFeedCache

SLACK = head.slack(CAP)
OLDER_POSTS = CAP + SLACK  # posts with lower numbers are in the feeds before the measurement
AT_ONCE = 2_000


def fill_zsets(cluster: HostCluster, accounts: Sequence[int]) -> None:
    """Give every account a sorted set of 800 posts; it is built once and copied by the server."""
    first = zset_key(str(account_id(accounts[0])))
    entries = [word for number in range(CAP) for word in (post_ms(number), post_id(number))]
    (_, payload) = cluster.send([("ZADD", first, *entries), ("DUMP", first)])
    for some in chunks(accounts, AT_ONCE):
        cluster.send([("RESTORE", zset_key(str(account_id(account))), 0, payload, "REPLACE") for account in some])


def fill_heads(bench: Bench, accounts: Sequence[int]) -> None:
    """Give every account a whole feed head, and some of the posts that arrive before its next trim."""
    prefix = redis_settings(bench.source).key_prefix
    heads = asyncio.run(_one_head_a_master(bench, accounts))
    chance = random.Random(SEED)
    for some in chunks(accounts, AT_ONCE):
        keys = [feed_key(prefix, account_id(account)) for account in some]
        bench.cluster.send([("SETRANGE", key, 0, heads[key_slot(key) // SHARE]) for key in keys])
        bench.cluster.send([("APPEND", key, _arrived(chance.randrange(SLACK))) for key in keys])


def _arrived(count: int) -> bytes:
    return b"".join(pack_id(post_id(CAP + number)) for number in range(count))


async def _one_head_a_master(bench: Bench, accounts: Sequence[int]) -> dict[int, bytes]:
    """Build one head on each master with the platform's store; a head contains the epoch of its master."""
    settings = redis_settings(bench.source)
    client = RedisClusterClient(settings)
    feeds = RedisFeedCache(client, settings.key_prefix, feed_settings(bench.source))
    wanted = FeedHead(tuple(post_id(number) for number in reversed(range(CAP))), post_id(0))
    made: dict[int, bytes] = {}
    try:
        for account in accounts:
            key = feed_key(settings.key_prefix, account_id(account))
            if key_slot(key) // SHARE not in made:
                await feeds.finish_rebuild(
                    account_id(account), await feeds.begin_rebuild(account_id(account)), wanted, 0
                )
                (made[key_slot(key) // SHARE],) = bench.cluster.send([("GET", key)])
    finally:
        await client.close()
    return made
