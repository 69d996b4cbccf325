"""What a planner tells of its last minute."""

from prometheus_client import REGISTRY

from photo_core.fakes.clock import FakeClock
from photo_workers.fanout_planner.planned_deliveries import WINDOW_SECONDS, PlannedDeliveries


def test_the_author_with_the_most_deliveries_stands_out() -> None:
    planned = PlannedDeliveries()
    for author, deliveries in ((1, 5), (2, 3), (2, 4)):
        planned.note(author, deliveries, 10.5)
    assert planned.of_last_minute(11.0) == (12, 7)


def test_what_is_older_than_a_minute_no_longer_counts_also_if_nothing_follows() -> None:
    planned = PlannedDeliveries()
    planned.note(1, 5, 10.0)
    planned.note(2, 3, 40.0)
    assert planned.of_last_minute(10.0 + WINDOW_SECONDS) == (3, 3)
    assert planned.of_last_minute(40.0 + WINDOW_SECONDS) == (0, 0)


def test_the_metrics_follow_the_clock() -> None:
    clock, planned = FakeClock(), PlannedDeliveries()
    planned.publish_metrics(clock)
    planned.note(1, 5, clock.monotonic())
    assert REGISTRY.get_sample_value("fanout_planned_last_minute") == 5
    clock.advance(WINDOW_SECONDS)
    assert REGISTRY.get_sample_value("fanout_planned_last_minute_of_one") == 0
