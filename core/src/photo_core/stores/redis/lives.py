"""Notices that masters have lost or handed over feeds, without looking at a single one of them.

Called by the worker that rebuilds feeds before anybody reads them. Asks the masters of slots all over the cluster for
anything, since every answer tells which life its master is in: a restart, a failover and the move of a large part of
the slots all show. What it overlooks is found by whoever reads the feed.
"""

import hashlib

from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.exchange import Command

SAMPLES = 256  # keys, spread over the slots by their hashes: of thirty masters each is asked, but for one time in 5,000


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
