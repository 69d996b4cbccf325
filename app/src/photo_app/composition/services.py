"""Builds every service of the API from ports; connects nothing.

`photo_app.composition.connections` opens real ports, tests hand in fakes; `build_services` is the same for both. The
services of a noun are built in one of the functions at the end; endpoints get them by type (photo_app.http.services).
"""

from dataclasses import dataclass

from photo_app.comments.service import CommentService
from photo_app.composition.shared import ApiSettings, Shared, build_shared
from photo_app.follow_requests.service import FollowRequestService
from photo_app.follows.feed_heads import FeedHeadUpdater
from photo_app.follows.service import FollowService
from photo_app.http.rate_limits import PostingLimits
from photo_app.http.services import ServiceRegistry
from photo_app.likes.liked_cache import LikedCacheUpdater
from photo_app.likes.service import LikeService
from photo_app.media.rendering import MediaRenderer
from photo_app.media.service import MediaService
from photo_app.operations.service import OperationService
from photo_app.ports import Ports
from photo_app.posts.announcing import Announcer
from photo_app.posts.creation import PostCreation
from photo_app.posts.deletion import PostDeletion
from photo_app.posts.rendering import PostRenderer
from photo_app.posts.service import PostService
from photo_app.restrictions.service import RestrictionService
from photo_app.saves.service import SaveService
from photo_app.sessions.service import SessionService
from photo_app.users.account_deletion import AccountDeletionService
from photo_app.users.lists import UserLists
from photo_app.users.rendering import UserRenderer
from photo_app.users.service import Profiles, Registration
from photo_core.breaker import guarded_liked_cache, guarded_post_cache


@dataclass(frozen=True)
class Services(Shared):
    """What the process, the middleware and the background tasks use; `registry` holds what endpoints use."""

    registry: ServiceRegistry


def build_services(ports: Ports, settings: ApiSettings) -> Services:
    """Return the services over these ports."""
    shared = build_shared(ports, settings)
    media = MediaService(
        ports.media, ports.media_uses, ports.objects, shared.idempotency, settings.media.max_photo_bytes
    )
    registry = ServiceRegistry(
        shared.admission,
        shared.cursors,
        shared.lifecycle,
        shared.feed.service,
        media,
        MediaRenderer(ports.objects),
        OperationService(ports.operations),
        *_accounts(ports, shared),
        *_relations(ports, shared, settings.feed.cap),
        *_posts(ports, shared),
        *_interactions(ports, shared),
    )
    return Services(**vars(shared), registry=registry)


def _accounts(ports: Ports, shared: Shared) -> tuple[object, ...]:
    return (
        Registration(ports.accounts, shared.passwords, ports.minter),
        Profiles(ports, shared.visibility),
        AccountDeletionService(ports, shared.passwords, shared.revocations, shared.feed.cache),
        SessionService(ports.accounts, shared.passwords, shared.tokens, shared.revocations),
        UserRenderer(ports.objects, shared.cursors),
    )


def _relations(ports: Ports, shared: Shared, feed_cap: int) -> tuple[object, ...]:
    feed_heads = FeedHeadUpdater(shared.graph_cache, ports.posts, shared.feed.cache, feed_cap)
    lists = UserLists(ports.accounts, shared.visibility)
    return (
        FollowService(ports.follows, feed_heads, shared.visibility, lists),
        FollowRequestService(ports.follow_requests, feed_heads, lists),
        RestrictionService(ports.restrictions, feed_heads),
    )


def _posts(ports: Ports, shared: Shared) -> tuple[object, ...]:
    renderer = PostRenderer(ports, shared.interactions, shared.cursors)
    limits = PostingLimits(ports.policies.current, ports.clock)
    announcer = Announcer(ports, shared.side_tasks)
    post_cache = guarded_post_cache(ports.post_cache, shared.redis_guard)
    return (
        PostService(ports, shared.visibility, renderer),
        PostCreation(ports, shared.idempotency, limits, announcer, shared.feed.own_posts),
        PostDeletion(ports, post_cache, announcer, shared.visibility),
        SaveService(ports, shared.visibility, renderer),
    )


def _interactions(ports: Ports, shared: Shared) -> tuple[object, ...]:
    visibility, events = shared.visibility, shared.interaction_events
    liked_cache = guarded_liked_cache(ports.liked_cache, shared.redis_guard)
    updater = LikedCacheUpdater(liked_cache, ports.feed_states, shared.side_tasks.start)
    return (
        LikeService(ports, visibility, shared.interactions, events, updater),
        CommentService(ports, visibility, shared.idempotency, events, shared.cursors),
    )
