"""What pods report of all engines but Redis, and of their own work: increases over a window, and states.

One `PodCounts` a platform; filled by `pods.PodsWatch`, read by `reconcile.samples`. It judges nothing.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from photo_core.clock import Clock
from photo_core.telemetry.metrics import LATENCY_BUCKETS
from photo_operator.observe.feed_cache import WINDOW_SECONDS
from photo_operator.observe.pods import PodReport, increase


class PodSums(Struct, frozen=True):
    """Over all pods that answer; counts are over the last WINDOW_SECONDS."""

    database_failures: float = 0.0
    database_breakers_open: int = 0
    database_read_p99: float | None = None  # seconds; None while it is not known
    object_store_failures: float = 0.0
    planned: float = 0.0  # deliveries in the last minute
    planned_of_one: float = 0.0  # of the author with the most
    media_stuck: float = 0.0
    stale_pages: float = 0.0  # feed pages that were answered as stale
    current_pages: float = 0.0  # all other feed pages

    @property
    def serves_stale_feeds(self) -> bool:
        """Whether pods answer at least half of all feed pages as stale."""
        return self.stale_pages > 0 and self.stale_pages >= self.current_pages


class _PodIncrease(Struct, frozen=True):
    at: float
    database_failures: float
    object_store_failures: float
    reads: tuple[float, ...]
    stale_pages: float
    current_pages: float


def percentile(buckets: Sequence[float], part: float) -> float | None:
    """Return the upper bound of the bucket below which `part` of all reads lie; None where there were none.

    `buckets` are cumulative, as Prometheus counts. Beyond the last bound nothing is known but that it was passed.
    """
    if not buckets or buckets[-1] <= 0:
        return None
    bounds = (*LATENCY_BUCKETS, LATENCY_BUCKETS[-1] * 2)
    wanted = part * buckets[-1]
    return next(float(bound) for bound, count in zip(bounds, buckets, strict=True) if count >= wanted)


def _rise(before: PodReport, after: PodReport, at: float) -> _PodIncrease:
    comparable = len(before.database_reads) == len(after.database_reads)
    was = before.database_reads if comparable else (0.0,) * len(after.database_reads)
    restarted = comparable and bool(was) and after.database_reads[-1] < was[-1]
    reads = after.database_reads if restarted else tuple(a - b for b, a in zip(was, after.database_reads, strict=True))
    return _PodIncrease(
        at,
        increase(before.database_failures, after.database_failures),
        increase(before.object_store_failures, after.object_store_failures),
        reads,
        increase(before.stale_pages, after.stale_pages),
        increase(before.current_pages, after.current_pages),
    )


class PodCounts:
    """Bounded by time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._reports: Mapping[str, PodReport] = {}
        self._increases: deque[_PodIncrease] = deque()

    def take(self, reports: Mapping[str, PodReport]) -> None:
        """Remember what the pods report; a pod counts from its second report on."""
        now = self._clock.monotonic()
        known = ((self._reports[name], report) for name, report in reports.items() if name in self._reports)
        self._increases.extend(_rise(before, after, now) for before, after in known)
        self._reports = reports
        self._forget(now)

    def _forget(self, now: float) -> None:
        while self._increases and now - self._increases[0].at > WINDOW_SECONDS:
            self._increases.popleft()

    def _read_p99(self) -> float | None:
        """Return None until a pod has reported twice; where nothing was read, nothing was slow."""
        if not self._increases:
            return None
        return percentile(_added(entry.reads for entry in self._increases), 0.99) or 0.0

    def sums(self) -> PodSums | None:
        """Return what is known now; None where no pod answers."""
        self._forget(self._clock.monotonic())
        reports = self._reports.values()
        if not reports:
            return None
        return PodSums(
            database_failures=sum(entry.database_failures for entry in self._increases),
            database_breakers_open=sum(report.database_breaker_open for report in reports),
            database_read_p99=self._read_p99(),
            object_store_failures=sum(entry.object_store_failures for entry in self._increases),
            planned=sum(report.planned for report in reports),
            planned_of_one=max(report.planned_of_one for report in reports),
            media_stuck=max(report.media_stuck for report in reports),
            stale_pages=sum(entry.stale_pages for entry in self._increases),
            current_pages=sum(entry.current_pages for entry in self._increases),
        )


def _added(all_reads: Iterable[tuple[float, ...]]) -> list[float]:
    return [sum(column) for column in zip(*(reads for reads in all_reads if reads), strict=True)]
