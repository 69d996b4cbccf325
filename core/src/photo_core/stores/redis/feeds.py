"""What Redis keeps of viewers: heads of feeds, follow graphs and newest likes, in one slot a viewer.

Called by the API (all of it), the fan-out workers (appends) and feed-rebuild (reads and rebuilds). Holds nothing that
cannot be rebuilt.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.feed import graph_snapshot
from photo_core.domain.feed.head import FeedHead, Rebuilt
from photo_core.domain.feed.layout import SMALLEST_APPENDED, feed_key, liked_key, pack_id
from photo_core.ports.feeds import FENCE_SECONDS, CachedViewer, Graft
from photo_core.settings import FeedSettings
from photo_core.stores.redis import scripts
from photo_core.stores.redis.appends import Appends, Words, merged
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.exchange import Command, call
from photo_core.stores.redis.heads import Heads

CHUNK = 2000  # commands under way in one batch: more delay the readers, fewer cost both sides more
CHUNKS_AT_ONCE = 2  # enough that no master waits for this process
MARKS_MS = b"86400000"  # of the whole set, anew with every mark: longer than any mark is not told again
FENCE_MS = b"%d" % (FENCE_SECONDS * 1000)
GRAPH_VERSION_AT = b"5"  # where the version begins in a stored graph and in a fence, from 1


class RedisFeedCache:
    """The real `FeedCache`."""

    def __init__(self, client: RedisClusterClient, key_prefix: str, settings: FeedSettings) -> None:
        self._client = client
        self._key_prefix = key_prefix
        self._marks = b"%bdeleted_accounts" % key_prefix.encode()
        self._heads = Heads(client, settings)
        self._appends = Appends(client, key_prefix, self._heads.longest)
        self._chunks = asyncio.Semaphore(CHUNKS_AT_ONCE)

    async def read(self, viewer_id: int) -> CachedViewer:
        """Return all that is kept of a viewer."""
        keys = self._keys(viewer_id)
        answer = await self._client.run(Command(keys[0], (b"MGET", *keys)))
        head, graph, liked = answer.reply
        return CachedViewer(head, answer.epoch, graph_snapshot.decode(graph, viewer_id), liked)

    async def keep_alive(self, viewer_id: int) -> None:
        """Let what is kept live on for `inactive_after_days`."""
        life_ms = self._heads.life_ms
        head, graph, liked = self._keys(viewer_id)
        prolonged = call(scripts.PROLONG, graph, graph_snapshot.FENCE, life_ms)
        await self._client.run_all([prolonged, *(Command(key, (b"PEXPIRE", key, life_ms)) for key in (head, liked))])

    async def append(self, post_id: int, followers: Sequence[int]) -> None:
        """Add a post to the feeds that exist."""
        await self.append_many({post_id: followers})

    async def append_many(self, deliveries: Mapping[int, Sequence[int]]) -> None:
        """Add posts to the feeds of their followers."""
        await _finish_all(self._deliver(words) for words in _chunks(merged(deliveries)))

    async def begin_rebuild(self, viewer_id: int) -> str:
        """Mark a feed as building and return the nonce to finish with."""
        return await self._heads.begin(feed_key(self._key_prefix, viewer_id))

    async def finish_rebuild(self, viewer_id: int, nonce: str, head: FeedHead, graph_version: int) -> bool:
        """Merge the rebuilt head with what has arrived; False if another rebuild or a loss came between."""
        rebuilt = Rebuilt(bytes.fromhex(nonce), head, graph_version)
        return await self._heads.finish(feed_key(self._key_prefix, viewer_id), rebuilt)

    async def remember_graph(self, graph: FollowGraph) -> None:
        """Keep whom a viewer follows, unless a newer version is kept."""
        key = graph_snapshot.graph_key(self._key_prefix, graph.viewer_id)
        snapshot = graph_snapshot.encode(graph)
        arguments = snapshot, self._heads.life_ms, graph_snapshot.FENCE, GRAPH_VERSION_AT
        await self._client.run_all([call(scripts.KEEP_NEWER, key, *arguments)])

    async def fence_graph(self, viewer_id: int, version: int) -> None:
        """Drop the graph that is kept, and keep none that lacks the change about to be made."""
        key = graph_snapshot.graph_key(self._key_prefix, viewer_id)
        fence = graph_snapshot.fence(version)
        await self._client.run_all([call(scripts.FENCE, key, fence, FENCE_MS, graph_snapshot.MAGIC)])

    async def unfence_graph(self, viewer_id: int) -> None:
        """Take back one fence: the change was not made."""
        key = graph_snapshot.graph_key(self._key_prefix, viewer_id)
        await self._client.run_all([call(scripts.UNFENCE, key, graph_snapshot.FENCE)])

    async def advance(self, graph: FollowGraph, graft: Graft) -> None:
        """Keep the graph, and take a head that is whole at the version before it along to it."""
        await self.remember_graph(graph)
        onward = FeedHead(graft.post_ids, graft.complete_down_to)
        await self._heads.advance(feed_key(self._key_prefix, graph.viewer_id), onward, graph.version)

    async def mark_deleted(self, user_id: int) -> None:
        """Mark an account as deleted."""
        key = self._marks
        marked = Command(key, (b"SADD", key, b"%d" % user_id))
        await self._client.run_all([marked, Command(key, (b"PEXPIRE", key, MARKS_MS))])

    async def unmark_deleted(self, user_id: int) -> None:
        """Forget such a mark."""
        await self._client.run_all([Command(self._marks, (b"SREM", self._marks, b"%d" % user_id))])

    async def marked_deleted(self) -> frozenset[int]:
        """Return the accounts that are marked."""
        (answer,) = await self._client.run_all([Command(self._marks, (b"SMEMBERS", self._marks))])
        return frozenset(int(user_id) for user_id in answer.reply)

    async def probe(self) -> None:
        """Ask every master whether it serves, and whether all slots are served."""
        await self._client.probe()

    def _keys(self, viewer_id: int) -> tuple[bytes, bytes, bytes]:
        prefix = self._key_prefix
        return feed_key(prefix, viewer_id), graph_snapshot.graph_key(prefix, viewer_id), liked_key(prefix, viewer_id)

    async def _deliver(self, words: Words) -> None:
        async with self._chunks:
            grown = await self._appends.deliver(words)
            await self._heads.discard(grown.stray)
            await self._heads.trim(grown.long)
            if grown.failure is not None:
                raise grown.failure


class RedisLikedCache:
    """The real `LikedCache`."""

    def __init__(self, client: RedisClusterClient, key_prefix: str, settings: FeedSettings) -> None:
        self._client = client
        self._key_prefix = key_prefix
        self._heads = Heads(client, settings)

    async def add(self, viewer_id: int, post_id: int) -> None:
        """Add a post to the likes that are kept."""
        key = liked_key(self._key_prefix, viewer_id)
        (length,) = await self._client.run_all([Command(key, (b"APPEND", key, pack_id(post_id)))])
        if length.reply < SMALLEST_APPENDED:
            await self._heads.discard([key])
        elif length.reply > self._heads.longest:
            await self._heads.trim([key])

    async def forget(self, viewer_id: int) -> None:
        """Drop what is kept, and any rebuild under way."""
        key = liked_key(self._key_prefix, viewer_id)
        await self._client.run_all([Command(key, (b"UNLINK", key))])

    async def begin_rebuild(self, viewer_id: int) -> str:
        """Mark the likes as building and return the nonce to finish with."""
        return await self._heads.begin(liked_key(self._key_prefix, viewer_id))

    async def finish_rebuild(self, viewer_id: int, nonce: str, head: FeedHead, version: int) -> bool:
        """Merge the likes read from the truth with what has arrived; False if something came between."""
        rebuilt = Rebuilt(bytes.fromhex(nonce), head, version)
        return await self._heads.finish(liked_key(self._key_prefix, viewer_id), rebuilt)


def _chunks(words: Words) -> Iterator[Words]:
    items = iter(words.items())
    while chunk := dict(islice(items, CHUNK)):
        yield chunk


async def _finish_all(calls: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run calls at once; the first failure is raised when all have ended."""
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
