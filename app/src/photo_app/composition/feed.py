"""Puts the feed together from ports. Called by photo_app.composition.services; connects nothing."""

import asyncio

from msgspec import Struct

from photo_app.feed.last_seen import LastSeen
from photo_app.feed.service import FeedParts, FeedService, FeedUpkeep
from photo_app.http.side_tasks import SideTasks
from photo_app.media.rendering import MediaRenderer
from photo_app.ports import Ports
from photo_app.posts.encoding import encode_content, post_content
from photo_core.breaker import EngineGuard, RedisGuard, guarded_feed_cache, guarded_liked_cache, guarded_post_cache
from photo_core.domain.degradation import TRUTH_SECONDS
from photo_core.domain.feed.absence import away_before_ms
from photo_core.domain.feed.merge import BEYOND_ALL
from photo_core.domain.posts import Post
from photo_core.errors import Engine
from photo_core.feeds.author_timelines import AuthorTimelines
from photo_core.feeds.hydration import Hydration, PostTruth
from photo_core.feeds.liked import LikedPosts
from photo_core.feeds.own_posts import OwnPostAppender, OwnPosts
from photo_core.feeds.pages import Pages
from photo_core.feeds.pictures import Pictures
from photo_core.feeds.rebuilds import Rebuilds
from photo_core.feeds.state import FeedState, Graphs, VersionsOfNow
from photo_core.feeds.timelines import READS_AT_ONCE, FreshTimelines, Timelines, bounded, direct, guarded, to_show
from photo_core.feeds.viewers import ViewerMemory, Viewers
from photo_core.ports.feeds import FeedCache
from photo_core.settings import FeedSettings

NOBODY = 0


class Feed(Struct, frozen=True):
    """The service of the feed, and those of its parts that other services and background tasks use."""

    service: FeedService
    cache: FeedCache  # guarded
    own_posts: OwnPostAppender
    author_timelines: AuthorTimelines
    last_seen: LastSeen
    cassandra_guard: EngineGuard


def build_feed(ports: Ports, redis_guard: RedisGuard, side_tasks: SideTasks, settings: FeedSettings) -> Feed:
    """Return the feed over these ports."""
    own_posts = OwnPosts(ports.clock)
    cache = guarded_feed_cache(ports.feeds, redis_guard)
    guard = EngineGuard(Engine.CASSANDRA, lambda: ports.posts.timeline(NOBODY, BEYOND_ALL, 1), TRUTH_SECONDS)
    slots = asyncio.Semaphore(READS_AT_ONCE)
    truth = bounded(guarded(direct(ports.posts), guard), slots)
    authors = AuthorTimelines(truth, bounded(guarded(to_show(ports.posts), guard), slots))

    def is_away(seen_at_ms: int) -> bool:
        return seen_at_ms < away_before_ms(ports.clock.now_ms(), settings.inactive_after_days)

    last_seen = LastSeen(ports.accounts, cache, ports.clock, settings.inactive_after_days)
    memory = ViewerMemory(VersionsOfNow(ports.feed_states), Graphs(ports.follows), FeedState(ports.feed_states))
    parts = FeedParts(
        Viewers(memory, cache, own_posts.ranges_of, is_away, side_tasks.start),
        Pages(Timelines(truth, authors), _hydration(ports, guard, redis_guard, side_tasks)),
        LikedPosts(ports.likes, guard, guarded_liked_cache(ports.liked_cache, redis_guard), side_tasks.start),
        Pictures(ports.accounts, ports.clock, side_tasks.start),
        last_seen,
    )
    rebuilds = Rebuilds(cache, ports.follows, FreshTimelines(ports.posts), settings.cap, last_seen.is_back)
    upkeep = FeedUpkeep(rebuilds, side_tasks, guard)
    service = FeedService(parts, upkeep, ports.policies.current, ports.objects.variant_url)
    return Feed(service, cache, OwnPostAppender(cache, own_posts), authors, last_seen, guard)


def _hydration(ports: Ports, guard: EngineGuard, redis_guard: RedisGuard, side_tasks: SideTasks) -> Hydration:
    renderer = MediaRenderer(ports.objects)

    def render(post: Post) -> bytes:
        return encode_content(post_content(post, renderer))

    truth = PostTruth(ports.posts, ports.counters, guard, render)
    return Hydration(truth, guarded_post_cache(ports.post_cache, redis_guard), side_tasks.start)
