"""The processes of the platform over one set of engines, as the models of the feed run them: API pods and workers.

Everything is wired from the platform's own parts; only what stands between a process and its ports is the test's.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

from photo_app.composition.services import Services, build_services
from photo_app.composition.shared import ApiSettings
from photo_app.ports import Ports
from photo_core.clock import Clock
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
from photo_core.feeds.author_timelines import keep_taking
from photo_core.ids import IdMinter, WorkerLease
from photo_core.messages.topics import Group, Topic
from photo_core.ports.erasure import InteractionErasure
from photo_core.ports.rebuild_runs import RebuildRuns
from photo_core.settings import FeedSettings, SigningKeys
from photo_workers.fanout.handler import Fanout
from photo_workers.fanout.pull_fallback import PullFallback
from photo_workers.fanout_planner.handler import FanoutPlanner
from photo_workers.feed_rebuild.handler import FeedRebuild, FeedSources
from photo_workers.feed_rebuild.pace import Pace
from photo_workers.interaction_counter.handler import InteractionCounter
from photo_workers.interaction_counter.reconciler import Reconciler, Rows
from photo_workers.outbox_relay import OutboxRelay
from photo_workers.purge.handler import Purge
from photo_workers.purge.surfaces import PostSurfaces
from tests.support.feed_messages import Handler, Mail, Subscription, Tail

FOR_EVER = float("inf")
FIRST_WORKER = 100  # among the numbers that ids are minted under
FOLLOWERS_IN_A_RANGE = 2
REBUILDS_PER_SECOND = 1_000_000
UNWRAPPED = {"clock", "minter", "policies", "objects", "worker_ids", "revoked_sessions"}
ORDERED = {Group.INTERACTION_COUNTER}  # counts on the order of a partition
SUBSCRIBED: Mapping[Group, Topic] = {
    Group.FANOUT_PLANNER: Topic.POSTS_CREATED,
    Group.FANOUT_WORKERS: Topic.FEED_FANOUT,
    Group.PURGE: Topic.POSTS_DELETED,
    Group.INTERACTION_COUNTER: Topic.INTERACTIONS,
    Group.FEED_REBUILD: Topic.FEED_REBUILD,
}
Wrap = Callable[[Any], Any]


class Engines(Protocol):
    """What the platform stands on."""

    @property
    def clock(self) -> Clock: ...

    @property
    def ports(self) -> Ports: ...

    @property
    def erasure(self) -> InteractionErasure: ...

    @property
    def rebuild_runs(self) -> RebuildRuns: ...


@dataclass(frozen=True, eq=False)
class Pod:
    """One process of the API."""

    services: Services
    policies: FakeRuntimePolicies
    ports: Ports

    def listening(self) -> Coroutine[None, None, None]:
        """Return what keeps the newest posts of authors in this pod's memory."""
        return keep_taking(self.services.feed.author_timelines, self.ports.new_posts, self.ports.clock)


@dataclass(frozen=True)
class Workers:
    """One process of each worker."""

    handlers: Mapping[Group, Handler]
    relay: OutboxRelay
    reconciler: Reconciler


class Platform:
    """Starts processes, each with nothing in its memory.

    Args:
        engines: what all of them stand on.
        limits: of the feeds.
        wrap: puts something between a process and one of its ports.
    """

    def __init__(self, engines: Engines, limits: FeedSettings, wrap: Wrap) -> None:
        self.limits = limits
        self.worker_policies = FakeRuntimePolicies()
        self.mail = Mail(
            engines.clock,
            {group: Subscription(topic, ordered=group in ORDERED) for group, topic in SUBSCRIBED.items()},
        )
        self._engines = engines
        self._wrap = wrap
        self._processes = FIRST_WORKER

    def start_pod(self) -> Pod:
        """Start a process of the API."""
        policies = FakeRuntimePolicies()
        ports = replace(self._process_ports(), policies=policies)
        return Pod(
            build_services(ports, ApiSettings(SigningKeys("t" * 40, "c" * 40), feed=self.limits)), policies, ports
        )

    def start_workers(self) -> Workers:
        """Start a process of each worker."""
        ports, clock = self._process_ports(), self._engines.clock
        policy = self.worker_policies.current
        planner = FanoutPlanner(
            ports.follows, ports.posts, ports.publisher, clock, self.limits, FOLLOWERS_IN_A_RANGE, policy
        )
        counter = InteractionCounter(ports.counters, ports.touches, ports.post_cache, clock)
        rows = Rows(ports.likes, ports.comments, ports.counters, ports.touches, ports.post_cache)
        handlers: dict[Group, Handler] = {
            Group.FANOUT_PLANNER: planner.handle,
            Group.FANOUT_WORKERS: Fanout(ports.feeds, PullFallback(ports.follows, policy, clock), clock).handle,
            Group.PURGE: self._purge(ports).handle,
            Group.INTERACTION_COUNTER: counter.handle,
            Group.FEED_REBUILD: self._rebuild(ports).handle,
        }
        return Workers(
            handlers, OutboxRelay(ports.outbox, ports.publisher, clock), Reconciler(rows, ports.publisher, clock)
        )

    def _purge(self, ports: Ports) -> Purge:
        surfaces = PostSurfaces(
            posts=ports.posts,
            post_cache=ports.post_cache,
            feed_states=ports.feed_states,
            interactions=self._wrap(self._engines.erasure),
            media_uses=ports.media_uses,
            accounts=ports.accounts,
            objects=ports.objects,
            clock=self._engines.clock,
        )
        return Purge(ports.posts, ports.operations, surfaces, self._engines.clock)

    def _rebuild(self, ports: Ports) -> FeedRebuild:
        posts: Any = ports.posts  # the fake and the real store of posts answer for many authors at once, too
        truth = FeedSources(ports.follows, posts, ports.feed_states)
        pace = Pace(REBUILDS_PER_SECOND, self._engines.clock)
        return FeedRebuild(
            truth, ports.feeds, self._wrap(self._engines.rebuild_runs), pace, self._engines.clock, self.limits
        )

    def _process_ports(self) -> Ports:
        self._processes += 1
        minter = IdMinter(self._engines.clock)
        minter.renew(WorkerLease(self._processes, FOR_EVER))
        tail = Tail(self.mail, Topic.POSTS_CREATED)
        ports = replace(self._engines.ports, minter=minter, publisher=self.mail, new_posts=tail)
        names = {field.name for field in fields(ports)} - UNWRAPPED
        return replace(ports, **{name: self._wrap(getattr(ports, name)) for name in names})
