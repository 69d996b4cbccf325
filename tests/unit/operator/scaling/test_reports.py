import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from photo_core.fakes.clock import FakeClock
from photo_operator.components.catalog import Component
from photo_operator.observe.pods import PodReport
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.model import Service
from photo_operator.scaling.need import MAX_BACKLOG_WEIGHT
from photo_operator.scaling.reports import SIZES_REMEMBERED, AverageSize, WorkerReports

FANOUT = PodReport(component=Component.FANOUT, busy_seconds=0.0)
ENCODE = PodReport(component=Component.IMAGE_ENCODE, busy_seconds=0.0)
INGEST = PodReport(component=Component.MEDIA_INGEST)


class Asked:
    """Reports that are taken every five seconds."""

    def __init__(self, *rounds: dict[str, PodReport]) -> None:
        clock = FakeClock()
        self.histories = {component: ScalingHistory() for component in (Component.FANOUT, Component.IMAGE_ENCODE)}
        self.reports = WorkerReports(self.histories, clock)
        for found in rounds:
            self.reports.take(found)
            clock.advance(5)

    def service(self, component: Component) -> Service | None:
        return self.histories[component].service

    @property
    def backlog_weight(self) -> float:
        return self.histories[Component.IMAGE_ENCODE].backlog_weight


def _worked(report: PodReport, handled: float, busy: float) -> PodReport:
    return replace(report, handled=handled, busy_seconds=busy)


def test_a_pod_counts_from_its_second_report_on() -> None:
    first, second = _worked(FANOUT, 1000, 50), _worked(FANOUT, 1040, 54)
    assert Asked({"a": first}).service(Component.FANOUT) is None
    assert Asked({"a": first}, {"a": second, "b": first}).service(Component.FANOUT) == Service(10.0, 0.8, 40.0)


def test_a_worker_teaches_of_its_own_kind() -> None:
    asked = Asked(
        {"a": FANOUT, "b": FANOUT, "c": ENCODE, "d": INGEST},
        {"a": _worked(FANOUT, 20, 4), "b": _worked(FANOUT, 60, 4), "c": _worked(ENCODE, 10, 5), "d": INGEST},
    )
    assert asked.service(Component.FANOUT) == Service(10.0, 0.8, 80.0)
    assert asked.service(Component.IMAGE_ENCODE) == Service(2.0, 1.0, 10.0)


def test_long_jobs_teach_once_there_were_enough_of_them() -> None:
    rounds = [{"c": _worked(ENCODE, 2 * number, 4 * number)} for number in range(6)]
    assert Asked(*rounds[:5]).service(Component.IMAGE_ENCODE) is None
    assert Asked(*rounds).service(Component.IMAGE_ENCODE) == Service(0.5, 0.8, 10.0)


def test_a_restarted_pod_counts_from_zero() -> None:
    asked = Asked({"a": _worked(FANOUT, 1000, 50)}, {"a": _worked(FANOUT, 40, 4)})
    assert asked.service(Component.FANOUT) == Service(10.0, 0.8, 40.0)


def test_a_pod_that_was_away_counts_anew() -> None:
    asked = Asked({"a": FANOUT}, {}, {"a": _worked(FANOUT, 1000, 5)})
    assert asked.service(Component.FANOUT) is None


def test_two_reports_in_the_same_moment_teach_nothing() -> None:
    history = ScalingHistory()
    reports = WorkerReports({Component.FANOUT: history, Component.IMAGE_ENCODE: ScalingHistory()}, FakeClock())
    reports.take({"a": FANOUT})
    reports.take({"a": _worked(FANOUT, 40, 4)})
    assert history.service is None


def test_what_pods_have_in_flight_is_that_of_the_last_report() -> None:
    asked = Asked({"a": replace(FANOUT, in_flight=9.0), "b": FANOUT}, {"a": replace(FANOUT, in_flight=3.0)})
    assert asked.reports.in_flight == {"a": 3}


@pytest.mark.parametrize(
    ("announced", "encoded", "backlog_weight"),
    [
        ((10, 40e6), (10, 10e6), 4.0),
        ((10, 10e6), (10, 20e6), 0.5),
        ((10, 900e6), (10, 1e6), MAX_BACKLOG_WEIGHT),
        ((10, 1e6), (10, 900e6), 1 / MAX_BACKLOG_WEIGHT),
        ((0, 0), (10, 10e6), 1.0),
        ((10, 40e6), (0, 0), 1.0),
        ((10, 0), (10, 10e6), 1.0),
    ],
)
def test_what_waits_is_weighed_against_what_was_done(
    announced: tuple[float, float], encoded: tuple[float, float], backlog_weight: float
) -> None:
    (count, size), (done, size_of_done) = announced, encoded
    asked = Asked(
        {"i": INGEST, "e": ENCODE},
        {
            "i": replace(INGEST, announced=count, announced_bytes=size),
            "e": replace(ENCODE, encoded=done, encoded_bytes=size_of_done),
        },
    )
    assert asked.backlog_weight == backlog_weight


def test_originals_before_the_first_report_are_not_weighed() -> None:
    assert Asked({"i": replace(INGEST, announced=9, announced_bytes=9e9), "e": ENCODE}).backlog_weight == 1.0


@given(st.lists(st.tuples(st.integers(1, 200), st.floats(1, 1e9)), min_size=1, max_size=20))
def test_an_average_is_one_of_what_it_was_made_of(batches: list[tuple[int, float]]) -> None:
    average = AverageSize()
    for count, size in batches:
        average.add(count, count * size)
    sizes = [size for _, size in batches]
    assert min(sizes) * 0.999 <= average.value() <= max(sizes) * 1.001


def test_an_average_follows_the_newest() -> None:
    average = AverageSize()
    assert average.value() == 0.0
    average.add(1000, 1000 * 5.0)
    average.add(SIZES_REMEMBERED, SIZES_REMEMBERED * 2.0)
    assert average.value() == 2.0
    average.add(0, 0)
    assert average.value() == 2.0


def test_a_worker_of_a_version_that_counts_no_busy_time_teaches_nothing() -> None:
    former = PodReport(component=Component.FANOUT, handled=1000)
    asked = Asked({"a": former}, {"a": replace(former, handled=9000)}, {"a": _worked(FANOUT, 9100, 1)})
    assert asked.service(Component.FANOUT) is None
