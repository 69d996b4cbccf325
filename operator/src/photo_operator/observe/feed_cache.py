"""The state of Redis, from the operator's probe and the pods' own counters. One `FeedCacheWatch` a platform.

`pods.PodsWatch` hands it what pods report; `state` answers at once, and `reconcile.samples` turns it into readings.
"""

from collections import deque
from collections.abc import Callable

from msgspec import Struct

from photo_core.clock import Clock
from photo_operator.engines.pool import SharedProbe
from photo_operator.engines.redis import RedisProbe
from photo_operator.observe.pods import PodReport, increase

WINDOW_SECONDS = 10.0
PROBE_ALONE_SECONDS = 5.0  # where no pod contradicts the probe
PROBE_WITH_FAILURES_SECONDS = 2.0  # one slow answer on a busy machine is no incident
BREAKER_ALONE_SECONDS = 10.0  # where the probe contradicts the pods, which are the ones that serve users


class FeedCacheState(Struct, frozen=True):
    """What is known of Redis now; seconds are ages, counts are over the last WINDOW_SECONDS."""

    probed: bool = False
    probe_good: bool = False
    probe_seconds: float = 0.0  # for how long the probe has been good or bad
    masters_lost: int = 0  # times that all masters were other processes than before
    pods_answering: int = 0
    failures: float = 0.0
    hits: float = 0.0
    breakers_open: int = 0
    breaker_seconds: float = 0.0  # for how long at least one has been open
    rebuilds_running: float = 0.0
    rebuild_remaining: float = 0.0  # feeds that are planned to be made whole before they are read


class _CallIncrease(Struct, frozen=True):
    at: float
    failures: float = 0.0
    hits: float = 0.0
    masters_lost: int = 0


def why_lost(state: FeedCacheState) -> str:
    """Return why feeds in Redis count as lost; empty where they do not.

    Pods' failures count with a probe that fails too; all masters replaced counts alone, since they took acknowledged
    appends with them; a probe counts alone where no pod reads from Redis, a breaker that stays open counts alone too.
    """
    if state.masters_lost:
        return "every Redis master is another process than a moment ago"
    down = state.probe_seconds if state.probed and not state.probe_good else 0.0
    if state.failures and down >= PROBE_WITH_FAILURES_SECONDS:
        return f"{state.failures:.0f} calls to Redis failed in {state.pods_answering} pods, and the probe fails"
    if state.breaker_seconds >= BREAKER_ALONE_SECONDS:
        return f"{state.breakers_open} pods have not asked Redis for {state.breaker_seconds:.0f} s"
    if down >= PROBE_ALONE_SECONDS and not state.hits:
        return f"Redis has not answered for {down:.0f} s, and no pod reads from it"
    return ""


class FeedCacheWatch:
    """Remembers what the pods of one platform report about Redis, and wakes the reconciliation when Redis fails."""

    def __init__(self, clock: Clock, wake: Callable[[], None]) -> None:
        self._clock = clock
        self._wake = wake
        self._probe: SharedProbe | None = None
        self._reports: dict[str, PodReport] = {}
        self._increases: deque[_CallIncrease] = deque()
        self._breaker_since: float | None = None
        self._masters_lost = 0

    def follow(self, probe: SharedProbe | None) -> None:
        """Look at this probe from now on."""
        if probe is not self._probe:
            self._masters_lost = _masters_lost(probe)
        self._probe = probe

    def take(self, reports: dict[str, PodReport]) -> None:
        """Remember what the pods report."""
        now = self._clock.monotonic()
        known = {name: (self._reports[name], report) for name, report in reports.items() if name in self._reports}
        failures = sum(increase(before.failures, after.failures) for before, after in known.values())
        hits = sum(increase(before.hits, after.hits) for before, after in known.values())
        lost = _masters_lost(self._probe)
        self._increases.append(_CallIncrease(now, failures, hits, lost - self._masters_lost))
        self._masters_lost = lost
        self._forget(now)
        self._reports = reports
        opened = any(report.breaker_open for report in reports.values())
        self._breaker_since = (self._breaker_since or now) if opened else None
        if failures or opened or self._probe_is_bad():
            self._wake()

    def _probe_is_bad(self) -> bool:
        return self._probe is not None and self._probe.health is not None and not self._probe.health.good

    def _forget(self, now: float) -> None:
        while self._increases and now - self._increases[0].at > WINDOW_SECONDS:
            self._increases.popleft()

    def state(self) -> FeedCacheState:
        """Return what is known now."""
        now = self._clock.monotonic()
        self._forget(now)
        probe, health = self._probe, self._probe.health if self._probe else None
        return FeedCacheState(
            probed=health is not None,
            probe_good=health is not None and health.good,
            probe_seconds=now - probe.since if probe else 0.0,
            masters_lost=sum(entry.masters_lost for entry in self._increases) + self._lost_since(probe),
            pods_answering=len(self._reports),
            failures=sum(entry.failures for entry in self._increases),
            hits=sum(entry.hits for entry in self._increases),
            breakers_open=sum(report.breaker_open for report in self._reports.values()),
            breaker_seconds=now - self._breaker_since if self._breaker_since else 0.0,
            rebuilds_running=sum(report.rebuilds_running for report in self._reports.values()),
            rebuild_remaining=max((report.rebuild_remaining for report in self._reports.values()), default=0.0),
        )

    def _lost_since(self, probe: SharedProbe | None) -> int:
        return _masters_lost(probe) - self._masters_lost


def _masters_lost(probe: SharedProbe | None) -> int:
    return probe.probe.masters_lost if probe is not None and isinstance(probe.probe, RedisProbe) else 0
