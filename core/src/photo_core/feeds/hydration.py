"""From post ids to posts that can be served: from the post cache, and what it misses from the truth.

The cache's answer is asked for after the reader's request began, so a deletion that was confirmed before is in it; the
truth is asked by a question that begins later still. Called by photo_core.feeds.pages; decides no visibility.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from photo_core.breaker import EngineGuard
from photo_core.domain.degradation import TRUTH_SECONDS
from photo_core.domain.interactions import Tally
from photo_core.domain.posts import Post
from photo_core.errors import EngineUnavailable
from photo_core.feeds.single_flight import SingleFlight
from photo_core.ports.counters import Counters
from photo_core.ports.post_cache import CachedPost, PostCache, counts_of
from photo_core.ports.posts import Posts

Start = Callable[[Coroutine[None, None, object]], None]  # runs a coroutine that nobody awaits
Answered = TypeVar("Answered")
Read = tuple[Mapping[int, CachedPost] | None, Mapping[int, Tally] | None]  # None: the truth does not answer


class Hydrated(Struct, frozen=True):
    """The posts that exist, by id, with their counts. `complete` is False if the truth could not be asked for some."""

    posts: Mapping[int, CachedPost]
    complete: bool


class PostTruth(Struct, frozen=True):
    """Where posts and their counts are true, the breaker before it, and how a post is rendered."""

    posts: Posts
    counters: Counters
    guard: EngineGuard
    render: Callable[[Post], bytes]


class Hydration:
    """Posts for the readers of one process.

    Args:
        truth: Cassandra's.
        cache: Redis's, guarded.
        start_task: runs what nobody waits for: filling the cache.
    """

    def __init__(self, truth: PostTruth, cache: PostCache, start_task: Start) -> None:
        self._truth = truth
        self._cache = cache
        self._start_task = start_task
        self._posts: SingleFlight[int, CachedPost] = SingleFlight(self._read_posts)
        self._tallies: SingleFlight[int, Tally] = SingleFlight(self._read_tallies)

    async def cached(self, post_ids: Sequence[int], truth_seconds: float = TRUTH_SECONDS) -> Hydrated:
        """Return posts by way of the cache, and keep in it what was missed."""
        try:
            read = await self._cache.read(post_ids)
        except EngineUnavailable:
            return await self.true(post_ids, truth_seconds)
        found = {post_id: post for post_id, post in read.found.items() if isinstance(post, CachedPost)}
        missed = [post_id for post_id in post_ids if post_id not in read.found]
        uncounted = [post_id for post_id, post in found.items() if post.likes is None or post.comments is None]
        if not missed and not uncounted:
            return Hydrated(found, complete=True)
        posts, tallies = await self._read(missed, [*missed, *uncounted], truth_seconds)
        self._start_task(self._keep(posts or {}, tallies or {}, read.lease))
        return _together(found, posts, tallies)

    async def at_hand(self, post_ids: Sequence[int]) -> Hydrated:
        """Return posts from the cache alone, for when the truth does not answer; what it misses is left out."""
        try:
            read = await self._cache.read(post_ids)
        except EngineUnavailable:
            return Hydrated({}, complete=False)
        found = {post_id: post for post_id, post in read.found.items() if isinstance(post, CachedPost)}
        return Hydrated(found, complete=len(read.found) == len(post_ids))

    async def true(self, post_ids: Sequence[int], truth_seconds: float = TRUTH_SECONDS) -> Hydrated:
        """Return posts from the truth alone."""
        return _together({}, *await self._read(post_ids, post_ids, truth_seconds))

    async def _read(self, post_ids: Sequence[int], uncounted: Sequence[int], seconds: float) -> Read:
        return await asyncio.gather(
            _unless_away(self._posts.answers(post_ids), seconds),
            _unless_away(self._tallies.answers(uncounted), seconds),
        )

    async def _keep(
        self, posts: Mapping[int, CachedPost], tallies: Mapping[int, Tally], lease: Mapping[int, str]
    ) -> None:
        if posts:
            await self._cache.fill(list(posts.values()), lease)
        if tallies:
            await self._cache.set_counts([counts_of(tally) for tally in tallies.values()])

    async def _read_posts(self, post_ids: Collection[int]) -> Mapping[int, CachedPost]:
        found = await self._truth.guard.call(lambda: self._truth.posts.get_many(post_ids), TRUTH_SECONDS)
        live = (post for post in found.values() if post.deleted_at_ms is None)
        return {post.post_id: CachedPost(post.post_id, post.author_id, self._truth.render(post)) for post in live}

    async def _read_tallies(self, post_ids: Collection[int]) -> Mapping[int, Tally]:
        """Read counted rows; a post that nobody has reacted to has none."""
        found = await self._truth.guard.call(lambda: self._truth.counters.get_many(post_ids), TRUTH_SECONDS)
        return {post_id: found.get(post_id, Tally(post_id)) for post_id in post_ids}


def _together(
    found: Mapping[int, CachedPost], posts: Mapping[int, CachedPost] | None, tallies: Mapping[int, Tally] | None
) -> Hydrated:
    every = {**found, **(posts or {})}
    counted = {post_id: _counted(post, (tallies or {}).get(post_id)) for post_id, post in every.items()}
    return Hydrated(counted, complete=posts is not None)


def _counted(post: CachedPost, tally: Tally | None) -> CachedPost:
    if tally is None:
        return msgspec.structs.replace(post, likes=post.likes or 0, comments=post.comments or 0)
    return msgspec.structs.replace(post, likes=tally.counts.likes, comments=tally.counts.comments)


async def _unless_away(
    answers: "Coroutine[None, None, dict[int, Answered]]", seconds: float
) -> "dict[int, Answered] | None":
    try:
        async with asyncio.timeout(seconds):
            return await answers
    except (EngineUnavailable, TimeoutError):
        return None
