"""The feed heads in Redis: gather the stored bytes, let photo_core.domain.feed.head decide, replace them.

Called by the API (reads and rebuilds) and by the fan-out workers (appends). Holds nothing that cannot be rebuilt.
Reads go to masters only: a replica may lag behind an acknowledged append.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.feed import graph_snapshot
from photo_core.domain.feed import head as decide
from photo_core.domain.feed.head import FeedHead, Rebuilt
from photo_core.domain.feed.layout import HEADER_BYTES, ID_BYTES, NONCE_BYTES, SMALLEST_APPENDED, feed_key, pack_id
from photo_core.errors import Engine, EngineUnavailable
from photo_core.ports.feeds import CachedViewer, Graft
from photo_core.settings import FeedSettings
from photo_core.stores.redis import scripts
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.exchange import Command, call

CHUNK = 1000  # commands under way in one batch: larger bursts delay the readers
ATTEMPTS = 5  # a value that changes each time it is looked at belongs to somebody else
DAY_MS = 86_400_000


class RedisFeedCache:
    """The real `FeedCache`."""

    def __init__(
        self,
        client: RedisClusterClient,
        key_prefix: str,
        settings: FeedSettings,
        new_nonce: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._client = client
        self._key_prefix = key_prefix
        self._cap = settings.cap
        self._life_ms = b"%d" % (settings.inactive_after_days * DAY_MS)
        self._longest = HEADER_BYTES + ID_BYTES * (settings.cap + decide.slack(settings.cap))
        self._new_nonce = new_nonce

    async def read(self, viewer_id: int) -> CachedViewer:
        """Return all that is kept of a viewer."""
        value, epoch = await self._client.run(call(scripts.READ, self._key(viewer_id), b"0"))
        return CachedViewer(value, epoch.decode())

    async def keep_alive(self, viewer_id: int) -> None:
        """Let what is kept live on for `inactive_after_days`."""
        keys = [self._key(viewer_id), graph_snapshot.graph_key(self._key_prefix, viewer_id)]
        await self._client.run_all([Command(key, (b"PEXPIRE", key, self._life_ms)) for key in keys])

    async def append_many(self, deliveries: Mapping[int, Sequence[int]]) -> None:
        """Add posts to the feeds of their followers."""
        for post_id, followers in deliveries.items():
            await self.append(post_id, followers)

    async def remember_graph(self, graph: FollowGraph) -> None:
        """Keep whom a viewer follows, unless a newer version is kept."""
        key = graph_snapshot.graph_key(self._key_prefix, graph.viewer_id)
        value = graph_snapshot.encode(graph)
        await self._client.run_all([call(scripts.REMEMBER, key, value, self._life_ms)])

    async def advance(self, graph: FollowGraph, graft: Graft) -> None:
        """Keep the graph, and take a head that is whole at the version before it along to it."""
        await self.remember_graph(graph)
        key, onward = self._key(graph.viewer_id), FeedHead(graft.post_ids, graft.complete_down_to)
        for _ in range(ATTEMPTS):
            value, epoch = await self._look(key)
            advanced = decide.plan_advance(value, epoch, onward, graph.version)
            if advanced is None or await self._replace(key, epoch, value, advanced):
                return

    async def append(self, post_id: int, followers: Sequence[int]) -> None:
        """Add a post to the feeds that exist."""
        word = pack_id(post_id)
        for chunk in _chunks(followers):
            keys = [self._key(follower) for follower in chunk]
            lengths = await self._client.run_all([Command(key, (b"APPEND", key, word)) for key in keys])
            sized = list(zip(keys, lengths, strict=True))
            await self._discard([key for key, length in sized if length < SMALLEST_APPENDED])
            await self._trim([key for key, length in sized if length > self._longest])

    async def begin_rebuild(self, viewer_id: int) -> str:
        """Mark a feed as building and return the nonce to finish with."""
        key, nonce = self._key(viewer_id), self._new_nonce(NONCE_BYTES)
        for _ in range(ATTEMPTS):
            value, epoch = await self._look(key)
            begun = decide.plan_begin(value, epoch, nonce)
            if begun.replacement is None or await self._replace(key, epoch, value, begun.replacement):
                return begun.nonce.hex()
        raise EngineUnavailable(Engine.REDIS, "the feed changed at every attempt")

    async def finish_rebuild(self, viewer_id: int, nonce: str, head: FeedHead, graph_version: int) -> bool:
        """Merge the rebuilt head with what has arrived; False if another rebuild or a loss came between."""
        key, rebuilt = self._key(viewer_id), Rebuilt(bytes.fromhex(nonce), head, graph_version)
        for _ in range(ATTEMPTS):
            value, epoch = await self._look(key)
            finished = decide.plan_finish(value, epoch, rebuilt, self._cap)
            if finished is None:
                return False
            if await self._replace(key, epoch, value, finished):
                return True
        return False

    async def probe(self) -> None:
        """Ask every master whether it serves, and whether all slots are served."""
        await self._client.probe()

    def _key(self, viewer_id: int) -> bytes:
        return feed_key(self._key_prefix, viewer_id)

    def _question(self, key: bytes) -> Command:
        return call(scripts.READ, key, self._life_ms)

    async def _look(self, key: bytes) -> tuple[bytes | None, str]:
        """Look at a value for a rebuild, which nobody waits for."""
        ((value, epoch),) = await self._client.run_all([self._question(key)])
        return value, epoch.decode()

    async def _replace(self, key: bytes, epoch: str, old: bytes | None, new: bytes) -> bool:
        (replaced,) = await self._client.run_all([_replacement(key, epoch.encode(), old or b"", new, self._life_ms)])
        return bool(replaced)

    async def _discard(self, keys: Sequence[bytes]) -> None:
        if keys:
            await self._client.run_all([call(scripts.DISCARD, key) for key in keys])

    async def _trim(self, keys: Sequence[bytes]) -> None:
        """Shorten heads; one that changes meanwhile is left to the append that changed it."""
        if not keys:
            return
        looks = await self._client.run_all([call(scripts.READ, key, b"0") for key in keys])
        await self._client.run_all(list(self._trims(keys, looks)))

    def _trims(self, keys: Sequence[bytes], looks: Sequence[tuple[bytes | None, bytes]]) -> Iterator[Command]:
        for key, (value, epoch) in zip(keys, looks, strict=True):
            trimmed = decide.plan_trim(value, self._cap)
            if trimmed is None:
                yield call(scripts.DISCARD, key)
            else:
                yield _replacement(key, epoch, value or b"", trimmed, b"")


def _replacement(key: bytes, epoch: bytes, old: bytes, new: bytes, life_ms: bytes) -> Command:
    seen = hashlib.sha1(old, usedforsecurity=False).hexdigest().encode()
    return call(scripts.REPLACE, key, epoch, b"%d" % len(old), seen, new, life_ms)


def _chunks(followers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(followers), CHUNK):
        yield followers[start : start + CHUNK]
