"""What is sampled of one platform in the background, and the readings and evidence that a pass takes from it.

Made by `reconciler`, run by `process.platforms`: an engine or a pod that answers slowly never delays a pass. Runbooks
are judged by the readings; a signal that is not known is left out, because no probe has ended, no pod answers, or the
lag could not be counted. All but `BackgroundSamples` is pure.
"""

from collections.abc import Callable, Iterable, Mapping

import httpx2
from msgspec import Struct

from photo_core.clock import Clock
from photo_core.errors import Engine
from photo_operator.components.catalog import SCALED, Component
from photo_operator.engines.kafka import KafkaProbe
from photo_operator.engines.pool import SharedProbe
from photo_operator.observe.alert_board import Firing
from photo_operator.observe.context import Evidence
from photo_operator.observe.feed_cache import FeedCacheState, FeedCacheWatch, why_lost
from photo_operator.observe.observer import Observed
from photo_operator.observe.pod_counts import PodCounts, PodSums
from photo_operator.observe.pods import PodsWatch
from photo_operator.scaling.decide import STANDSTILL_SECONDS
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.need import drain_seconds
from photo_operator.scaling.reports import WorkerReports
from photo_operator.scaling.scaler import WorkerSamples
from photo_operator.scaling.watch import LagTarget, LagWatch
from photo_operator.signals import Signal

NEVER_SECONDS = 86_400.0  # the drain time where nothing moves


class GroupBacklog(Struct, frozen=True):
    """What a consumer group has not done yet; times are in seconds."""

    messages: int
    oldest: float
    stuck: float
    drain: float | None = None  # None where nothing moves


class ProbeSummary(Struct, frozen=True):
    """What the operator's probe of an engine found; times are in seconds."""

    good: bool
    bad_for: float
    slow: float | None  # most of the last minute's probes took no longer


class Samples(Struct, frozen=True):
    """Everything that readings are built from; None where it is not known."""

    feed_cache: FeedCacheState = FeedCacheState()
    pods: PodSums | None = None
    fanout: GroupBacklog | None = None
    encode: GroupBacklog | None = None
    database: ProbeSummary | None = None
    object_store: ProbeSummary | None = None
    api_available: int = 0


def build_evidence(samples: Samples, firing: Iterable[Firing] = ()) -> Evidence:
    """Return the readings, sentences for what a number alone does not tell, and the alerts that fire."""
    lost = why_lost(samples.feed_cache)
    return Evidence(
        readings=build_readings(samples),
        sentences={Signal.FEED_CACHE_LOST: lost} if lost else {},
        alerts={found.alert: found for found in firing},
    )


def build_readings(samples: Samples) -> dict[Signal, float]:
    """Return every signal that is known, as a number."""
    found: dict[Signal, float | None] = {
        **_feed_cache(samples.feed_cache),
        **_pods(samples.pods),
        **_fanout(samples),
        **_media(samples),
        **_database(samples.database),
        **_object_store(samples.object_store),
        Signal.API_AVAILABLE: float(samples.api_available),
    }
    return {signal: value for signal, value in found.items() if value is not None}


def _feed_cache(state: FeedCacheState) -> dict[Signal, float | None]:
    answers = state.pods_answering > 0
    rebuilds = max(state.rebuilds_running, state.rebuild_remaining)
    return {
        Signal.FEED_CACHE_LOST: float(bool(why_lost(state))) if state.probed or answers else None,
        Signal.FEED_CACHE_PROBE_GOOD: float(state.probe_good) if state.probed else None,
        Signal.FEED_CACHE_FAILURES: state.failures if answers else None,
        Signal.FEED_CACHE_BREAKERS_OPEN: float(state.breakers_open) if answers else None,
        Signal.FEED_REBUILDS_WAITING: rebuilds if answers else None,
    }


def _pods(sums: PodSums | None) -> dict[Signal, float | None]:
    if sums is None:
        return {}
    return {
        Signal.DATABASE_FAILURES: sums.database_failures,
        Signal.DATABASE_BREAKERS_OPEN: float(sums.database_breakers_open),
        Signal.DATABASE_READ_P99_SECONDS: sums.database_read_p99,
        Signal.OBJECT_STORE_FAILURES: sums.object_store_failures,
        Signal.CELEBRITY_SHARE: sums.planned_of_one / sums.planned if sums.planned else 0.0,
        Signal.CELEBRITY_DELIVERIES_PER_SECOND: sums.planned_of_one / 60,
        Signal.PLANNED_DELIVERIES_PER_SECOND: sums.planned / 60,
    }


def _fanout(samples: Samples) -> dict[Signal, float | None]:
    backlog = samples.fanout
    if backlog is None:
        return {}
    # The workers wait for Redis, so that times would say nothing about the workers themselves.
    if samples.feed_cache.probed and not samples.feed_cache.probe_good:
        return {Signal.FANOUT_LAG: float(backlog.messages)}
    return {
        Signal.FANOUT_LAG: float(backlog.messages),
        Signal.FANOUT_OLDEST_SECONDS: backlog.oldest,
        Signal.FANOUT_DRAIN_SECONDS: NEVER_SECONDS if backlog.drain is None else backlog.drain,
    }


def _media(samples: Samples) -> dict[Signal, float | None]:
    backlog, sums = samples.encode, samples.pods
    lag: dict[Signal, float | None] = {Signal.ENCODE_LAG: None if backlog is None else float(backlog.messages)}
    # The encoders wait for that engine, so that times would say nothing about the encoders themselves.
    if any(probed is not None and not probed.good for probed in (samples.database, samples.object_store)):
        return lag
    return {
        **lag,
        Signal.ENCODE_STUCK_SECONDS: None if backlog is None else backlog.stuck,
        Signal.MEDIA_STUCK: None if sums is None else sums.media_stuck,
    }


def _database(probed: ProbeSummary | None) -> dict[Signal, float | None]:
    if probed is None:
        return {}
    return {Signal.DATABASE_PROBE_GOOD: float(probed.good), Signal.DATABASE_PROBE_SECONDS: probed.slow}


def _object_store(probed: ProbeSummary | None) -> dict[Signal, float | None]:
    if probed is None:
        return {}
    return {
        Signal.OBJECT_STORE_PROBE_GOOD: float(probed.good),
        Signal.OBJECT_STORE_PROBE_BAD_SECONDS: probed.bad_for,
    }


def failing_downstream(samples: Samples) -> dict[Component, str]:
    """Return which failures keep a scaled worker from its work, by worker: more workers would not help."""
    failures = _failures(samples.feed_cache, samples.pods or PodSums())
    found = {
        worker.component: [failures[engine] for engine in worker.writes_to if engine in failures] for worker in SCALED
    }
    return {component: "; ".join(sentences) for component, sentences in found.items() if sentences}


def _failures(redis: FeedCacheState, sums: PodSums) -> dict[Engine, str]:
    failed = {
        Engine.REDIS: redis.failures,
        Engine.CASSANDRA: sums.database_failures,
        Engine.OBJECT_STORAGE: sums.object_store_failures,
    }
    failing = {engine for engine, calls in failed.items() if calls}
    if redis.breakers_open:
        failing.add(Engine.REDIS)
    return {engine: f"{failed[engine]:.0f} calls to {engine} failed in the last seconds" for engine in failing}


class BackgroundSamples:
    """The samples of one platform."""

    def __init__(self, http: httpx2.AsyncClient, clock: Clock, wake: Callable[[], None]) -> None:
        self._clock = clock
        self._probes: Mapping[Engine, SharedProbe] = {}
        self.pod_counts = PodCounts(clock)
        self._histories = {scaled.component: ScalingHistory() for scaled in SCALED}
        self._reports = WorkerReports(self._histories, clock)
        self.feed_cache = FeedCacheWatch(clock, wake)
        self.lag = LagWatch(self._histories, clock, wake)
        self.pods = PodsWatch(http, self.feed_cache.take, self.pod_counts.take, self._reports.take)

    def release(self) -> None:
        """Stop counting lags: the client that counts them may be closed now."""
        self.lag.follow(None)

    def follow(self, observed: Observed, probes: Mapping[Engine, SharedProbe], key: str) -> None:
        """Sample what a platform consists of from now on; `key` is its namespace and name."""
        self._probes = probes
        self.pods.follow(observed.pods)
        self.feed_cache.follow(probes.get(Engine.REDIS))
        kafka = probes[Engine.KAFKA].probe if Engine.KAFKA in probes else None
        prefix = observed.platform.spec.engines.kafka.prefix
        ready = {scaled.component: observed.rollouts[scaled.component].ready for scaled in SCALED}
        self.lag.follow(LagTarget(kafka, prefix, key, ready) if isinstance(kafka, KafkaProbe) else None)

    def read(self, observed: Observed) -> Samples:
        """Return what is known now."""
        return Samples(
            feed_cache=self.feed_cache.state(),
            pods=self.pod_counts.sums(),
            fanout=self._backlog(Component.FANOUT, observed.rollouts[Component.FANOUT].ready),
            encode=self._backlog(Component.IMAGE_ENCODE, 0),
            database=self._probed(Engine.CASSANDRA),
            object_store=self._probed(Engine.OBJECT_STORAGE),
            api_available=observed.rollouts[Component.API].available,
        )

    def workers(self) -> WorkerSamples:
        """Return what the scaler remembers of its workers."""
        return WorkerSamples(self._histories, self._reports.in_flight)

    def _backlog(self, component: Component, workers: int) -> GroupBacklog | None:
        now, backlog, service = (
            self._clock.monotonic(),
            self.lag.backlogs[component],
            self._histories[component].service,
        )
        capacity = service.per_worker * workers if service is not None and workers else None
        messages = backlog.messages(now)
        if messages is None:
            return None
        stuck = backlog.stuck_seconds(now)
        moves = stuck < STANDSTILL_SECONDS
        return GroupBacklog(
            messages=messages,
            oldest=backlog.oldest_seconds(now),
            stuck=stuck,
            drain=drain_seconds(messages, capacity) if moves else None,
        )

    def _probed(self, engine: Engine) -> ProbeSummary | None:
        shared = self._probes.get(engine)
        if shared is None or shared.health is None:
            return None
        return ProbeSummary(shared.health.good, shared.bad_seconds(), shared.slow_seconds())
