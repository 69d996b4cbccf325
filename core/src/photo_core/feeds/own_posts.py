"""A viewer's own posts that may not stand in the head yet, so that nobody misses what they have just posted.

The API appends a post to its author's head before it answers. While that is not confirmed this process remembers the
post, and its reads pull it; the planner delivers it too, after which remembering it is only a repeat.
"""

from collections import OrderedDict
from collections.abc import Sequence

from photo_core.breaker import GuardedFeedCache, RedisGuard
from photo_core.clock import Clock
from photo_core.domain.accounts import PullRange
from photo_core.ports.feeds import FeedCache

REMEMBERED_SECONDS = 600.0  # the planner has delivered it by then, or its lag is news
POSTS_REMEMBERED = 10_000


class OwnPosts:
    """Posts by author, each for a while."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: OrderedDict[tuple[int, int], float] = OrderedDict()
        self._by_author: dict[int, set[int]] = {}

    def remember(self, author_id: int, post_id: int) -> None:
        """Pull a post until it is forgotten, or for ten minutes."""
        now = self._clock.monotonic()
        self._until[author_id, post_id] = now + REMEMBERED_SECONDS
        self._by_author.setdefault(author_id, set()).add(post_id)
        while next(iter(self._until.values())) < now or len(self._until) > POSTS_REMEMBERED:
            self.forget(*next(iter(self._until)))

    def forget(self, author_id: int, post_id: int) -> None:
        """Pull a post no longer: it stands in the head."""
        if self._until.pop((author_id, post_id), None) is None:
            return
        self._by_author[author_id].discard(post_id)
        if not self._by_author[author_id]:
            del self._by_author[author_id]

    def ranges_of(self, author_id: int) -> tuple[PullRange, ...]:
        """Return what has to be pulled of an author's own posts."""
        return tuple(PullRange(author_id, post_id, post_id) for post_id in self._by_author.get(author_id, ()))


class RememberingFeedCache(GuardedFeedCache):
    """The guarded cache of the API, whose appends of own posts are remembered until they are confirmed."""

    def __init__(self, cache: FeedCache, guard: RedisGuard, own_posts: OwnPosts) -> None:
        super().__init__(cache, guard)
        self._own_posts = own_posts

    async def append(self, post_id: int, followers: Sequence[int]) -> None:
        """Add a post to the feeds that exist; until that is confirmed, also when the caller gives up, it is pulled."""
        for follower in followers:
            self._own_posts.remember(follower, post_id)
        await super().append(post_id, followers)
        for follower in followers:
            self._own_posts.forget(follower, post_id)
