"""The one composition root: services built from ports.

`photo_app.connections` opens real ports, tests hand in fakes; `build_services` is the same for both.
Endpoints take `CurrentServices`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from msgspec import Struct

from photo_app.feed.assembly import Feed, build_feed
from photo_app.feed.service import FeedService
from photo_app.follows.heads import HeadsTakenAlong
from photo_app.follows.snapshots import GraphSnapshots
from photo_app.idempotency import Idempotency
from photo_app.lifecycle import Lifecycle
from photo_app.likes.heads import LikedHeads
from photo_app.media.service import MediaService
from photo_app.operations.service import OperationService
from photo_app.people import People, build_people
from photo_app.ports import Ports
from photo_app.posts.announcing import Announcer
from photo_app.posts.deletion import Deletions
from photo_app.posts.presenting import PostPresenter
from photo_app.posts.service import PostService
from photo_app.posts.views import PostViews
from photo_app.rate_limits import PostingLimits, RateLimits
from photo_app.reactions import Reactions, build_reactions
from photo_app.sessions.passwords import Passwords
from photo_app.sessions.revocations import Revocations
from photo_app.sessions.service import SessionService
from photo_app.sessions.tokens import Tokens
from photo_app.side_tasks import SideTasks
from photo_app.visibility import Visibility
from photo_core.breaker import GuardedLikedCache, GuardedPostCache, RedisGuard
from photo_core.clock import Clock
from photo_core.domain.cursor import CursorSigner
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.interactions import Interactions
from photo_core.settings import FeedSettings, MediaSettings, SigningKeys


class ApiSettings(Struct, frozen=True):
    """What the API is configured with."""

    keys: SigningKeys
    requests_per_second: int = 100
    feed: FeedSettings = FeedSettings()
    media: MediaSettings = MediaSettings()


@dataclass(frozen=True)
class Services:
    """Everything that endpoints use."""

    clock: Clock
    lifecycle: Lifecycle
    side_tasks: SideTasks
    tokens: Tokens
    revocations: Revocations
    rate_limits: RateLimits
    posting_limits: PostingLimits
    policy: Callable[[], RuntimePolicy]
    cursors: CursorSigner
    people: People
    sessions: SessionService
    media: MediaService
    posts: PostService
    deletions: Deletions
    operations: OperationService
    post_views: PostViews
    presenter: PostPresenter
    interactions: Interactions
    reactions: Reactions
    feed: FeedService
    feed_engine: Feed
    graph_snapshots: GraphSnapshots
    redis_guard: RedisGuard


def build_services(ports: Ports, settings: ApiSettings) -> Services:
    """Return the services over these ports; connects nothing."""
    passwords = Passwords()
    tokens = Tokens(settings.keys.token, ports.clock, settings.keys.other_tokens)
    revocations = Revocations(ports.revoked_sessions, ports.account_deletions, ports.clock)
    idempotency = Idempotency(ports.reservations, ports.minter, ports.clock)
    side_tasks = SideTasks()
    visibility = Visibility(ports.follows)
    announcer = Announcer(ports, side_tasks)
    post_views = PostViews(ports.objects)
    interactions = Interactions(ports.likes, ports.comments, ports.counters)
    redis_guard = RedisGuard(ports.feeds.probe)
    liked_cache = GuardedLikedCache(ports.liked_cache, redis_guard)
    liked_heads = LikedHeads(liked_cache, ports.feed_states, side_tasks.start)
    feed = build_feed(ports, redis_guard, side_tasks, settings.feed)
    snapshots = GraphSnapshots(ports.follows, ports.feed_states, feed.cache, redis_guard)
    heads = HeadsTakenAlong(snapshots, ports.posts, feed.cache, settings.feed.cap)
    return Services(
        clock=ports.clock,
        lifecycle=Lifecycle(),
        side_tasks=side_tasks,
        tokens=tokens,
        revocations=revocations,
        rate_limits=RateLimits(settings.requests_per_second, ports.clock),
        posting_limits=PostingLimits(ports.policies.current, ports.clock),
        policy=ports.policies.current,
        cursors=CursorSigner(settings.keys.cursor.encode(), [key.encode() for key in settings.keys.other_cursors]),
        people=build_people(ports, visibility, heads, passwords, revocations),
        sessions=SessionService(ports.accounts, passwords, tokens, revocations),
        media=MediaService(ports.media, ports.media_uses, ports.objects, idempotency, settings.media.max_photo_bytes),
        posts=PostService(ports, idempotency, announcer, visibility, feed.cache),
        deletions=Deletions(ports, GuardedPostCache(ports.post_cache, redis_guard), announcer, visibility),
        operations=OperationService(ports.operations),
        post_views=post_views,
        presenter=PostPresenter(post_views, interactions, ports.accounts, ports.policies.current),
        interactions=interactions,
        reactions=build_reactions(ports, visibility, interactions, idempotency, liked_heads),
        feed=feed.service,
        feed_engine=feed,
        graph_snapshots=snapshots,
        redis_guard=redis_guard,
    )


async def current_services(request: Request) -> Services:
    """Return the services of the application that a request came to; a coroutine, since others run on threads."""
    services: Services = request.app.state.services
    return services


CurrentServices = Annotated[Services, Depends(current_services)]
