"""What tells that feeds were lost; the real one runs on the Redis Cluster that the environment names.

That the text differs after a restart is tested where restarts are: with the fake, and by the runs with faults.
"""

from collections.abc import AsyncIterator

import pytest

from photo_core.engines.redis import redis_settings
from photo_core.fakes.feeds import FakeFeedCache
from photo_core.ports.feeds import FeedCacheLives
from photo_core.settings import process_source
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.lives import RedisFeedCacheLives


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def lives(request: pytest.FixtureRequest) -> AsyncIterator[FeedCacheLives]:
    if request.param == "fake":
        yield FakeFeedCache()
        return
    settings = redis_settings(process_source())
    client = RedisClusterClient(settings)
    yield RedisFeedCacheLives(client, f"{settings.key_prefix}contract:")
    await client.close()


async def test_the_fingerprint_stays_while_no_feed_is_lost(lives: FeedCacheLives) -> None:
    fingerprint = await lives.fingerprint()
    assert 0 < len(fingerprint) <= 64
    assert await lives.fingerprint() == fingerprint
