"""Answers feed pages: graph, head, timelines, posts, in this order, each from its truth of now.

Redis only ever shortens the way: a head that is missing, not whole, late or unreachable is answered by pull within
the same request. Called by photo_app.feed.endpoints; decisions stand in photo_core.domain.feed.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from photo_app.ports import Ports
from photo_app.side_tasks import SideTasks
from photo_core.domain.accounts import FollowGraph
from photo_core.domain.feed.head import FeedHead, whole_head
from photo_core.domain.feed.merge import Merge, start
from photo_core.domain.feed.page import FeedPage, build_page, shown
from photo_core.domain.runtime_policy import FeedMode, RuntimePolicy
from photo_core.errors import EngineUnavailable
from photo_core.feeds.rebuilds import Rebuilds
from photo_core.feeds.timelines import FreshTimelines, Timelines
from photo_core.ports.feeds import FeedCache
from photo_core.ports.follows import Follows
from photo_core.ports.posts import Posts
from photo_core.telemetry import metrics

if TYPE_CHECKING:
    from photo_core.domain.posts import Post

SMALLEST_REFILL = 8  # ids asked for at least when a page lacks posts


class Served(Struct, frozen=True):
    """A page and how it was made: what the headers say."""

    page: FeedPage
    mode: FeedMode
    degraded_level: int


class FeedTruth(Struct, frozen=True):
    """Where follow graph, posts and timelines are true."""

    follows: Follows
    posts: Posts
    timelines: Timelines


class FeedService:
    """Feeds of any viewer.

    Args:
        truth: the stores behind every answer.
        cache: heads, guarded by a breaker.
        rebuilds: makes heads whole that were found not to be.
        side_tasks: where rebuilds run.
        policy: the runtime policy of now.
    """

    def __init__(
        self,
        truth: FeedTruth,
        cache: FeedCache,
        rebuilds: Rebuilds,
        side_tasks: SideTasks,
        policy: Callable[[], RuntimePolicy],
    ) -> None:
        self._truth = truth
        self._cache = cache
        self._rebuilds = rebuilds
        self._side_tasks = side_tasks
        self._policy = policy

    async def page(self, viewer_id: int, before_id: int, limit: int) -> Served:
        """Return the page below an id."""
        policy = self._policy()
        with metrics.FEED_LATENCY.time():
            graph = await self._truth.follows.graph(viewer_id)
            head, mode = await self._head(graph, policy)
            page = await self._fill(start(graph, head, before_id), graph, limit)
        metrics.FEED_REQUESTS.labels(mode=mode).inc()
        metrics.POSTS_PER_FEED.observe(len(page.posts))
        return Served(page, mode, policy.degraded_level)

    async def _head(self, graph: FollowGraph, policy: RuntimePolicy) -> tuple[FeedHead | None, FeedMode]:
        if policy.feed_mode is FeedMode.PULL:
            return None, FeedMode.PULL
        try:
            cached = await self._cache.read(graph.viewer_id)
        except EngineUnavailable:
            return None, FeedMode.PULL
        head = whole_head(cached.head, cached.epoch, graph.version)
        if head is not None:
            metrics.FEED_CACHE_HITS.inc()
            return head, FeedMode.PUSH
        metrics.FEED_CACHE_MISSES.inc()
        self._rebuilds.request(graph.viewer_id, self._side_tasks.start)
        return None, FeedMode.REBUILDING

    async def _fill(self, merge: Merge, graph: FollowGraph, limit: int) -> FeedPage:
        """Read on until the page is full and one more post says that another page follows."""
        visible: list[Post] = []
        while len(visible) <= limit:
            missing = max(limit + 1 - len(visible), SMALLEST_REFILL)
            post_ids, merge = await self._truth.timelines.next_ids(merge, missing, graph.viewer_id)
            if not post_ids:
                break
            visible += shown(post_ids, await self._truth.posts.get_many(post_ids), graph)
        return build_page(visible, limit)


def build_feed(ports: Ports, cache: FeedCache, side_tasks: SideTasks, cap: int) -> FeedService:
    """Return the service over these ports; `cache` is the guarded one."""
    timelines = Timelines(ports.posts)
    rebuilds = Rebuilds(cache, ports.follows, FreshTimelines(ports.posts), cap)
    truth = FeedTruth(ports.follows, ports.posts, timelines)
    return FeedService(truth, cache, rebuilds, side_tasks, ports.policies.current)
