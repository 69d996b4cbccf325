"""Serves feed pages: reads the viewer, then the page, then what differs between viewers (likes, pictures).

Redis only makes reads faster: while one store fails and another can serve, the page has another mode instead of an
error. Called by photo_app.feed.endpoints and fast_lane; built by photo_app.composition.feed; the decisions are in
photo_core.domain.feed.
"""

from collections.abc import Callable, Mapping

from msgspec import Struct

from photo_app.feed.last_seen import LastSeen
from photo_app.http.side_tasks import SideTasks
from photo_core.breaker import EngineGuard
from photo_core.domain.degradation import LEVELS, Cut, Cuts
from photo_core.domain.feed.page import level_under, size_at
from photo_core.domain.runtime_policy import FeedMode, RuntimePolicy
from photo_core.feeds.liked import LikedPosts
from photo_core.feeds.pages import FeedPage, Pages
from photo_core.feeds.pictures import Pictures
from photo_core.feeds.rebuilds import Rebuilds
from photo_core.feeds.viewers import SeenViewer, Viewers
from photo_core.telemetry import metrics


class ServedPage(Struct, frozen=True):
    """A page, how it was made, and what its viewer sees of its posts besides their content."""

    page: FeedPage
    mode: FeedMode
    degraded_level: int
    liked: frozenset[int]
    avatar_urls: Mapping[int, str]


class FeedParts(Struct, frozen=True):
    """What pages are built from."""

    viewers: Viewers
    pages: Pages
    liked: LikedPosts
    pictures: Pictures
    last_seen: LastSeen


class FeedUpkeep(Struct, frozen=True):
    """What a read starts in the background, and what tells it the state of Cassandra."""

    rebuilds: Rebuilds
    side_tasks: SideTasks
    cassandra_guard: EngineGuard


class FeedService:
    """Feeds of any viewer.

    Args:
        parts: what pages are built from.
        upkeep: what a read starts in the background.
        policy: the current runtime policy.
        picture_url: the public address of an object.
    """

    def __init__(
        self,
        parts: FeedParts,
        upkeep: FeedUpkeep,
        policy: Callable[[], RuntimePolicy],
        picture_url: Callable[[str], str],
    ) -> None:
        self._parts = parts
        self._upkeep = upkeep
        self._policy = policy
        self._picture_url = picture_url

    async def page(self, viewer_id: int, before_id: int, limit: int) -> ServedPage:
        """Return the page below an id; smaller than `limit` while the platform is degraded or this process overloaded.

        A process that is overloaded makes its own pages smaller; everything else follows the runtime policy.

        Raises:
            EngineUnavailable: no store that answers knows the viewer or any post.
        """
        policy = self._policy()
        ordered = LEVELS[policy.degraded_level]
        level = max(policy.degraded_level, level_under(self._parts.pages.waiting))
        with metrics.FEED_LATENCY.time():
            seen = await self._seen(viewer_id, policy)
            page = await self._parts.pages.read(seen, before_id, size_at(limit, level), ordered.truth_seconds)
            liked = await self._parts.liked.among(seen, [post.post_id for post in page.posts], ordered.cuts)
            served = await self._told(seen, page, level, liked)
        self._upkeep_after(served, seen, ordered.cuts)
        return served

    async def _seen(self, viewer_id: int, policy: RuntimePolicy) -> SeenViewer:
        viewers = self._parts.viewers
        if policy.feed_mode is FeedMode.PULL:
            return await viewers.without_redis(viewer_id)
        return await viewers.with_redis(viewer_id)

    async def _told(self, seen: SeenViewer, page: FeedPage, level: int, liked: frozenset[int]) -> ServedPage:
        keys = await self._parts.pictures.of(post.author_id for post in page.posts)
        urls = {author: self._picture_url(key) for author, key in keys.items()}
        away = not page.complete or self._upkeep.cassandra_guard.is_open
        return ServedPage(page, FeedMode.STALE if away else seen.mode, level, liked, urls)

    def _upkeep_after(self, served: ServedPage, seen: SeenViewer, cuts: Cuts) -> None:
        metrics.FEED_REQUESTS.labels(mode=served.mode).inc()
        metrics.POSTS_PER_FEED.observe(len(served.page.posts))
        self._parts.last_seen.seen(seen.graph.viewer_id)
        if seen.head is not None:
            metrics.FEED_CACHE_HITS.inc()
        elif seen.by_redis:
            metrics.FEED_CACHE_MISSES.inc()
            if seen.current and Cut.EAGER_WORK not in cuts:
                self._upkeep.rebuilds.request(seen.graph.viewer_id, self._upkeep.side_tasks.start)
