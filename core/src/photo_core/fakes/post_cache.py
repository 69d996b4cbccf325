"""A PostCache in memory, on three masters that restart and forget when told to."""

from collections.abc import Mapping, Sequence
from itertools import count

import msgspec

from photo_core.errors import Engine, EngineUnavailable
from photo_core.ports.post_cache import BURIED, Buried, CachedPost, PostCounts, PostsRead

MASTERS = 3


class FakePostCache:
    """Posts and counts under the epoch in which they were written; tombstones stand in every epoch."""

    def __init__(self) -> None:
        self._posts: dict[int, tuple[str, CachedPost]] = {}
        self._counts: dict[int, tuple[str, PostCounts]] = {}
        self._buried: set[int] = set()
        self._serial = count(1)
        self._epochs = [self._new_epoch() for _ in range(MASTERS)]
        self._failing = False

    async def read(self, post_ids: Sequence[int]) -> PostsRead:
        """Return what is kept of these posts."""
        self._require_service()
        looked_at = {post_id: self._look(post_id) for post_id in post_ids}
        found = {post_id: kept for post_id, kept in looked_at.items() if kept is not None}
        missed = looked_at.keys() - found.keys()
        return PostsRead(found, {post_id: self._epoch(post_id) for post_id in missed})

    async def fill(self, posts: Sequence[CachedPost], lease: Mapping[int, str]) -> None:
        """Keep posts that were missed, never over a tombstone."""
        self._require_service()
        for post in posts:
            if post.post_id in lease and self._look(post.post_id) is None:
                self._posts[post.post_id] = (lease[post.post_id], post)

    async def bury(self, post_id: int) -> None:
        """Put a tombstone in a post's place."""
        self._require_service()
        self._posts.pop(post_id, None)
        self._buried.add(post_id)

    async def set_counts(self, counts: Sequence[PostCounts]) -> None:
        """Keep counts, unless newer ones are kept."""
        self._require_service()
        for each in counts:
            _, kept = self._counts.get(each.post_id, ("", None))
            if kept is None or kept.offset <= each.offset:
                self._counts[each.post_id] = (self._epoch(each.post_id), each)

    def fail(self) -> None:
        """Refuse every call from now on."""
        self._failing = True

    def recover(self) -> None:
        """Serve again, with what was held, under new epochs: every master has restarted."""
        self._failing = False
        self._epochs = [self._new_epoch() for _ in range(MASTERS)]

    def become_reachable(self) -> None:
        """Serve again as if nothing had been: no master has restarted."""
        self._failing = False

    def lose_tombstones(self) -> None:
        """Come back under new epochs without any tombstone, as after a failover that lost the last writes."""
        self._buried.clear()
        self.recover()

    def lose_everything(self) -> None:
        """Come back empty, as after losing every volume."""
        self._posts.clear()
        self._counts.clear()
        self.lose_tombstones()

    def _look(self, post_id: int) -> CachedPost | Buried | None:
        if post_id in self._buried:
            return BURIED
        epoch, post = self._posts.get(post_id, ("", None))
        if post is None or epoch != self._epoch(post_id):
            return None
        counted, counts = self._counts.get(post_id, ("", None))
        if counts is None or counted != epoch:
            return msgspec.structs.replace(post, likes=None, comments=None)
        return msgspec.structs.replace(post, likes=counts.likes, comments=counts.comments)

    def _epoch(self, post_id: int) -> str:
        return self._epochs[post_id % MASTERS]

    def _new_epoch(self) -> str:
        return f"{next(self._serial):016x}"

    def _require_service(self) -> None:
        if self._failing:
            raise EngineUnavailable(Engine.REDIS, "told to fail")
