"""A viewer's own posts that may not be in the feed head yet, so that nobody misses their own new post.

The API appends a post to its author's head before it answers. Until that is confirmed this process remembers the post,
and its reads pull it. The planner delivers the post as well.
"""

from collections import OrderedDict

from photo_core.clock import Clock
from photo_core.domain.accounts import PullRange
from photo_core.ports.feeds import FeedDeliveries

REMEMBERED_SECONDS = 600.0  # the planner has delivered it by then, or its lag is news
POSTS_REMEMBERED = 10_000


class OwnPosts:
    """Recent posts of authors who posted through this process."""

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
        """Stop pulling a post: it is in the head."""
        if self._until.pop((author_id, post_id), None) is None:
            return
        self._by_author[author_id].discard(post_id)
        if not self._by_author[author_id]:
            del self._by_author[author_id]

    def ranges_of(self, author_id: int) -> tuple[PullRange, ...]:
        """Return the pull ranges of an author's own posts."""
        return tuple(PullRange(author_id, post_id, post_id) for post_id in self._by_author.get(author_id, ()))


class OwnPostAppender:
    """Appends a post to its author's own feed, which pulls the post until the append is confirmed."""

    def __init__(self, deliveries: FeedDeliveries, own_posts: OwnPosts) -> None:
        self._deliveries = deliveries
        self._own_posts = own_posts

    async def append(self, author_id: int, post_id: int) -> None:
        """Append a post; it is pulled until that is confirmed, even if the caller is cancelled.

        Raises:
            EngineUnavailable: the post may be missing from the feed in Redis.
        """
        self._own_posts.remember(author_id, post_id)
        await self._deliveries.append(post_id, [author_id])
        self._own_posts.forget(author_id, post_id)
