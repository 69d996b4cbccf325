"""Everything that is sampled of one platform in the background, and what a pass reads of it at once.

Made by `reconcile`, run by `platforms`: an engine or a pod that answers slowly never holds a pass.
"""

from collections.abc import Callable, Mapping

import httpx2

from photo_core.clock import Clock
from photo_core.errors import Engine
from photo_operator.components.catalog import SCALED, Component
from photo_operator.engines.kafka import KafkaProbe
from photo_operator.engines.pool import SharedProbe
from photo_operator.observe.feed_cache import FeedCacheWatch
from photo_operator.observe.gather import Observed
from photo_operator.observe.pod_counts import PodCounts, PodSums
from photo_operator.observe.readings import Probed, Samples, Seen, Waiting, build_seen
from photo_operator.observe.sampling import PodsWatch
from photo_operator.observe.workloads import rollout
from photo_operator.scaling.decide import STANDSTILL_SECONDS
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.need import drain_seconds
from photo_operator.scaling.reports import WorkerReports
from photo_operator.scaling.watch import Followed, LagWatch


class BackgroundSamples:
    """The samples of one platform."""

    def __init__(self, http: httpx2.AsyncClient, clock: Clock, wake: Callable[[], None]) -> None:
        self._clock = clock
        self._probes: Mapping[Engine, SharedProbe] = {}
        self._counts = PodCounts(clock)
        self.histories = {scaled.component: ScalingHistory() for scaled in SCALED}
        self.reports = WorkerReports(self.histories, clock)
        self.feed_cache = FeedCacheWatch(clock, wake)
        self.lag = LagWatch(self.histories, clock, wake)
        self.pods = PodsWatch(http, self.feed_cache.take, self._counts.take, self.reports.take)

    def release(self) -> None:
        """Count no lag any more: the client that it is counted with may be closed now."""
        self.lag.follow(None)

    def follow(self, observed: Observed, probes: Mapping[Engine, SharedProbe], key: str) -> None:
        """Sample what there is of a platform from now on; `key` is its namespace and name."""
        platform = observed.platform
        self._probes = probes
        self.pods.follow(observed.pods)
        self.feed_cache.follow(probes.get(Engine.REDIS))
        kafka = probes[Engine.KAFKA].probe if Engine.KAFKA in probes else None
        name, prefix = platform.metadata.name, platform.spec.engines.kafka.prefix
        ready = {scaled.component: rollout(observed.children, name, scaled.component).ready for scaled in SCALED}
        self.lag.follow(Followed(kafka, prefix, key, ready) if isinstance(kafka, KafkaProbe) else None)

    def seen(self, observed: Observed) -> Seen:
        """Return the readings of now."""
        name = observed.platform.metadata.name
        workers = rollout(observed.children, name, Component.FANOUT).ready
        return build_seen(
            Samples(
                feed_cache=self.feed_cache.signals(),
                pods=self._counts.sums(),
                fanout=self._waiting(Component.FANOUT, workers),
                encode=self._waiting(Component.IMAGE_ENCODE, 0),
                database=self._probed(Engine.CASSANDRA),
                object_store=self._probed(Engine.OBJECT_STORAGE),
                api_available=rollout(observed.children, name, Component.API).available,
            )
        )

    def hindered(self) -> dict[Component, str]:
        """Return which failures keep a scaled worker from its work, by worker: more workers would not help."""
        failures = self._failures()
        found = {
            worker.component: [failures[engine] for engine in worker.writes_to if engine in failures]
            for worker in SCALED
        }
        return {component: "; ".join(sentences) for component, sentences in found.items() if sentences}

    def _failures(self) -> dict[Engine, str]:
        redis, sums = self.feed_cache.signals(), self._counts.sums() or PodSums()
        failed = {
            Engine.REDIS: redis.failures,
            Engine.CASSANDRA: sums.database_failures,
            Engine.OBJECT_STORAGE: sums.object_store_failures,
        }
        failing = {engine for engine, calls in failed.items() if calls}
        if redis.breakers_open:
            failing.add(Engine.REDIS)
        return {engine: f"{failed[engine]:.0f} calls to {engine} failed in the last seconds" for engine in failing}

    def _waiting(self, component: Component, workers: int) -> Waiting | None:
        now, backlog, service = self._clock.monotonic(), self.lag.backlogs[component], self.histories[component].service
        capacity = service.per_worker * workers if service is not None and workers else None
        messages = backlog.messages(now)
        if messages is None:
            return None
        stuck = backlog.stuck_seconds(now)
        moves = stuck < STANDSTILL_SECONDS
        return Waiting(
            messages=messages,
            oldest=backlog.oldest_seconds(now),
            stuck=stuck,
            drain=drain_seconds(messages, capacity) if moves else None,
        )

    def _probed(self, engine: Engine) -> Probed | None:
        shared = self._probes.get(engine)
        if shared is None or shared.health is None:
            return None
        return Probed(shared.health.good, shared.bad_seconds(), shared.slow_seconds())
