"""Builds what the services of several nouns share, and what middleware and background tasks use; connects nothing.

Called by photo_app.composition.services, which builds the services of the nouns from it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec import Struct

from photo_app.authentication.passwords import Passwords
from photo_app.authentication.revocations import Revocations
from photo_app.authentication.tokens import Tokens
from photo_app.authentication.viewer import Admission
from photo_app.composition.feed import Feed, build_feed
from photo_app.follows.graph_cache import GraphCacheUpdater
from photo_app.http.idempotency import Idempotency
from photo_app.http.lifecycle import Lifecycle
from photo_app.http.rate_limits import RateLimits
from photo_app.http.side_tasks import SideTasks
from photo_app.interaction_events import InteractionEvents
from photo_app.ports import Ports
from photo_app.visibility import Visibility
from photo_core.breaker import RedisGuard
from photo_core.clock import Clock
from photo_core.domain.cursor import CursorSigner
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.feeds.interactions import Interactions
from photo_core.settings import FeedSettings, MediaSettings, SigningKeys


class ApiSettings(Struct, frozen=True):
    """What the API is configured with."""

    keys: SigningKeys
    requests_per_second: int = 100
    feed: FeedSettings = FeedSettings()
    media: MediaSettings = MediaSettings()


@dataclass(frozen=True)
class Shared:
    """One instance of each for the whole process."""

    clock: Clock
    lifecycle: Lifecycle
    side_tasks: SideTasks
    policy: Callable[[], RuntimePolicy]
    passwords: Passwords
    tokens: Tokens
    revocations: Revocations
    admission: Admission
    cursors: CursorSigner
    redis_guard: RedisGuard
    feed: Feed
    graph_cache: GraphCacheUpdater
    idempotency: Idempotency
    visibility: Visibility
    interactions: Interactions
    interaction_events: InteractionEvents


def build_shared(ports: Ports, settings: ApiSettings) -> Shared:
    """Return what services share, over these ports."""
    keys, clock = settings.keys, ports.clock
    tokens = Tokens(keys.token, clock, keys.other_tokens)
    revocations = Revocations(ports.revoked_sessions, ports.account_deletions, clock)
    side_tasks = SideTasks()
    redis_guard = RedisGuard(ports.feeds.probe)
    feed = build_feed(ports, redis_guard, side_tasks, settings.feed)
    return Shared(
        clock=clock,
        lifecycle=Lifecycle(),
        side_tasks=side_tasks,
        policy=ports.policies.current,
        passwords=Passwords(),
        tokens=tokens,
        revocations=revocations,
        admission=Admission(tokens, revocations, RateLimits(settings.requests_per_second, clock)),
        cursors=CursorSigner(keys.cursor.encode(), [key.encode() for key in keys.other_cursors]),
        redis_guard=redis_guard,
        feed=feed,
        graph_cache=GraphCacheUpdater(ports.follows, ports.feed_states, feed.cache, redis_guard),
        idempotency=Idempotency(ports.reservations, ports.minter, clock),
        visibility=Visibility(ports.follows),
        interactions=Interactions(ports.likes, ports.comments, ports.counters),
        interaction_events=InteractionEvents(ports.touches, ports.publisher, clock),
    )
