"""Detects that masters have lost or handed over feeds, without reading any feed.

Called by the worker that rebuilds feeds before they are read. It sends a cheap command to slots all over the cluster,
since every answer names the life of its master: a restart, a failover and the move of many slots all show. A loss that
it misses is found when the feed is read.
"""

import hashlib

from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.exchange import Command

SAMPLES = 256  # keys, spread over the slots by their hashes: they miss one of thirty masters once in 5,000 times


class RedisFeedCacheLives:
    """The real `FeedCacheLives`."""

    def __init__(self, client: RedisClusterClient, key_prefix: str) -> None:
        self._client = client
        keys = [b"%blife:{%d}" % (key_prefix.encode(), number) for number in range(SAMPLES)]
        self._questions = [Command(key, (b"EXISTS", key)) for key in keys]

    async def fingerprint(self) -> str:
        """Return a text that differs once feeds may have been lost."""
        answers = await self._client.run_all(self._questions)
        return hashlib.sha256("".join(answer.epoch for answer in answers).encode()).hexdigest()[:32]
