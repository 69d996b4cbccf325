"""Turns what workers report of their own work into what scaling histories learn from.

Filled by `observe.pods.PodsWatch` with the pods' metrics; one `WorkerReports` for each platform. It decides nothing.
"""

from collections.abc import Iterable, Mapping

from photo_core.clock import Clock
from photo_operator.components.catalog import Component
from photo_operator.observe.pods import PodReport, increase
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.model import Work
from photo_operator.scaling.need import MAX_BACKLOG_WEIGHT

SIZES_REMEMBERED = 50.0  # originals; older ones say little about those that wait now


class AverageSize:
    """The average size of the newest originals, in bytes; 0 while none was seen."""

    def __init__(self) -> None:
        self._count = 0.0
        self._bytes = 0.0

    def add(self, count: float, size: float) -> None:
        """Take more originals into account."""
        faded = max(0.0, 1 - count / SIZES_REMEMBERED)
        self._count = self._count * faded + count
        self._bytes = self._bytes * faded + size

    def value(self) -> float:
        """Return the average."""
        return self._bytes / self._count if self._count else 0.0


class WorkerReports:
    """Compares each report with the one before."""

    def __init__(self, histories: Mapping[Component, ScalingHistory], clock: Clock) -> None:
        self._histories = histories
        self._clock = clock
        self._before: Mapping[str, PodReport] = {}
        self._at: float | None = None
        self._announced, self._encoded = AverageSize(), AverageSize()
        self.in_flight: dict[str, int] = {}  # pod -> messages that it has taken and not committed

    def take(self, reports: Mapping[str, PodReport]) -> None:
        """Remember what the pods report; a pod counts from its second report on."""
        now = self._clock.monotonic()
        pairs = [(self._before[name], report) for name, report in reports.items() if name in self._before]
        if self._at is not None and now > self._at:
            self._learn(pairs, now, now - self._at)
        self._weigh(pairs)
        self._before, self._at = reports, now
        self.in_flight = {name: int(report.in_flight) for name, report in reports.items()}

    def _learn(self, pairs: Iterable[tuple[PodReport, PodReport]], now: float, seconds: float) -> None:
        works: dict[str, list[Work]] = {}
        for before, after in pairs:
            if before.busy_seconds is not None and after.busy_seconds is not None:
                done = increase(before.handled, after.handled)
                busy = increase(before.busy_seconds, after.busy_seconds)
                works.setdefault(after.component, []).append(Work(done, busy, seconds))
        for component, history in self._histories.items():
            history.report(works.get(component.value, ()), now)

    def _weigh(self, pairs: Iterable[tuple[PodReport, PodReport]]) -> None:
        """Compare the originals that came last with those that were encoded last."""
        for before, after in pairs:
            self._announced.add(
                increase(before.announced, after.announced), increase(before.announced_bytes, after.announced_bytes)
            )
            self._encoded.add(
                increase(before.encoded, after.encoded), increase(before.encoded_bytes, after.encoded_bytes)
            )
        waiting, done = self._announced.value(), self._encoded.value()
        ratio = waiting / done if waiting and done else 1.0
        self._histories[Component.IMAGE_ENCODE].backlog_weight = min(
            max(ratio, 1 / MAX_BACKLOG_WEIGHT), MAX_BACKLOG_WEIGHT
        )
