"""Heads of feeds and of likes in Redis: reads the bytes, lets photo_core.domain.feed.head decide, replaces them.

Called by `photo_core.stores.redis.feeds`. Reads go to masters only: a replica may lag behind an acknowledged append.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from photo_core.domain.feed import head as decide
from photo_core.domain.feed.head import FeedHead, Rebuilt
from photo_core.domain.feed.layout import HEADER_BYTES, ID_BYTES, NONCE_BYTES
from photo_core.errors import Engine, EngineUnavailable
from photo_core.settings import FeedSettings
from photo_core.stores.redis import scripts
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.exchange import Command, call

ATTEMPTS = 5  # a value that changes at every attempt is in use by another process
DAY_MS = 86_400_000
SAME_LIFE = b""
Decision = Callable[[bytes | None, str], bytes | None]


class Heads:
    """Heads by key, all of one cap and life."""

    def __init__(
        self,
        client: RedisClusterClient,
        settings: FeedSettings,
        new_nonce: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._client = client
        self._cap = settings.cap
        self._new_nonce = new_nonce
        self.life_ms = b"%d" % (settings.inactive_after_days * DAY_MS)
        self.longest = HEADER_BYTES + ID_BYTES * (settings.cap + decide.slack(settings.cap))

    async def begin(self, key: bytes) -> str:
        """Mark a head as building and return the nonce to finish with."""
        nonce = self._new_nonce(NONCE_BYTES)
        for _ in range(ATTEMPTS):
            value, epoch = await self._read(key)
            begun = decide.plan_begin(value, epoch, nonce)
            if begun.replacement is None or await self._replace((key, epoch), value, begun.replacement, self.life_ms):
                return begun.nonce.hex()
        raise EngineUnavailable(Engine.REDIS, "the head changed at every attempt")

    async def finish(self, key: bytes, rebuilt: Rebuilt) -> bool:
        """Merge a rebuilt head with what has arrived; False if another rebuild or a loss came between."""
        decision = partial(decide.plan_finish, rebuilt=rebuilt, cap=self._cap)
        return await self._apply(key, decision, self.life_ms)

    async def advance(self, key: bytes, onward: FeedHead, graph_version: int) -> None:
        """Update a head that is whole at the previous graph version to this one.

        Its TTL stays: a block by somebody else changes the graph as well, and the planner skips viewers who were not
        seen.
        """
        decision = partial(decide.plan_advance, onward=onward, graph_version=graph_version)
        await self._apply(key, decision, SAME_LIFE)

    async def discard(self, keys: Sequence[bytes]) -> None:
        """Remove ids that were appended to a key without a head."""
        if keys:
            await self._client.run_all([call(scripts.DISCARD, key) for key in keys])

    async def trim(self, keys: Sequence[bytes]) -> None:
        """Trim heads: by a script if their ids ascend, which is usual, else by reading and rewriting them."""
        if not keys:
            return
        arguments = b"%d" % HEADER_BYTES, b"%d" % self._cap
        answers = await self._client.run_all([call(scripts.TRIM, key, *arguments) for key in keys])
        unordered = [key for key, answer in zip(keys, answers, strict=True) if not answer.reply]
        if unordered:
            await self._rewrite(unordered)

    async def _rewrite(self, keys: Sequence[bytes]) -> None:
        """Drop repeats and the oldest ids; a head that changes meanwhile is left to the append that changed it."""
        looks = await self._client.run_all([Command(key, (b"GET", key)) for key in keys])
        seen = [(key, look.reply, look.epoch) for key, look in zip(keys, looks, strict=True)]
        await self._client.run_all(list(self._trims(seen)))

    def _trims(self, seen: Sequence[tuple[bytes, bytes | None, str]]) -> Iterator[Command]:
        for key, value, epoch in seen:
            trimmed = decide.plan_trim(value, self._cap)
            if trimmed is None:
                yield call(scripts.DISCARD, key)
            else:
                yield _replacement((key, epoch), value, trimmed, SAME_LIFE)

    async def _apply(self, key: bytes, decision: Decision, life_ms: bytes) -> bool:
        for _ in range(ATTEMPTS):
            value, epoch = await self._read(key)
            decided = decision(value, epoch)
            if decided is None:
                return False
            if await self._replace((key, epoch), value, decided, life_ms):
                return True
        return False

    async def _read(self, key: bytes) -> tuple[bytes | None, str]:
        (answer,) = await self._client.run_all([Command(key, (b"GET", key))])
        return answer.reply, answer.epoch

    async def _replace(self, held: tuple[bytes, str], old: bytes | None, new: bytes, life_ms: bytes) -> bool:
        (answer,) = await self._client.run_all([_replacement(held, old, new, life_ms)])
        return bool(answer.reply)


def _replacement(held: tuple[bytes, str], old: bytes | None, new: bytes, life_ms: bytes) -> Command:
    key, epoch = held
    seen = hashlib.sha1(old or b"", usedforsecurity=False).hexdigest().encode()
    return call(scripts.REPLACE, key, epoch.encode(), b"%d" % len(old or b""), seen, new, life_ms)
