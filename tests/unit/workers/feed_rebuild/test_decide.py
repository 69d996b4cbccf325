import pytest

from photo_core.messages.events import RebuildRange, decode
from photo_core.ports.rebuild_runs import RebuildRun
from photo_workers.feed_rebuild.decide import (
    GIVEN_UP_SECONDS,
    RANGE_VIEWERS,
    Begin,
    FingerprintHistory,
    NothingToPlan,
    PlanPage,
    Step,
    build_ranges,
    next_step,
    remaining,
)

RUNNING = RebuildRun(1, "a")
PLANNED = RebuildRun(1, "a", after_id=9, planned=5, handled=2, fully_planned=True)


@pytest.mark.parametrize(
    ("history", "run", "step"),
    [
        pytest.param(FingerprintHistory(), None, NothingToPlan(), id="nothing was seen yet"),
        pytest.param(FingerprintHistory("a"), None, NothingToPlan(), id="seen once"),
        pytest.param(FingerprintHistory("a", "a"), None, Begin("a"), id="a platform that has never looked begins"),
        pytest.param(
            FingerprintHistory("b", "a"), PLANNED, NothingToPlan(), id="masters that are still changing are waited for"
        ),
        pytest.param(FingerprintHistory("b", "b"), PLANNED, Begin("b"), id="lost masters begin a run"),
        pytest.param(FingerprintHistory("b", "b"), RUNNING, Begin("b"), id="masters lost during a run begin another"),
        pytest.param(FingerprintHistory("a", "a"), RUNNING, PlanPage(RUNNING), id="a run is planned to its end"),
        pytest.param(
            FingerprintHistory("a", "a"), PLANNED, NothingToPlan(), id="a planned run is left to the handlers"
        ),
    ],
)
def test_what_follows_from_a_look_at_the_masters(
    history: FingerprintHistory, run: RebuildRun | None, step: Step
) -> None:
    assert next_step(history, run) == step


@pytest.mark.parametrize(
    ("run", "viewers"),
    [
        pytest.param(None, 0, id="no run"),
        pytest.param(PLANNED, 3, id="what is planned and not handled"),
        pytest.param(RebuildRun(1, "a", planned=5, handled=7, fully_planned=True), 0, id="repeats are not owed"),
        pytest.param(RebuildRun(1, "a", planned=5, handled=5), 1, id="there may be more to plan"),
        pytest.param(RebuildRun(1, "a", planned=5, idle_seconds=GIVEN_UP_SECONDS + 1), 0, id="nothing moves any more"),
    ],
)
def test_how_much_is_left(run: RebuildRun | None, viewers: int) -> None:
    assert remaining(run) == viewers


def test_every_viewer_of_a_page_is_in_one_range() -> None:
    viewers = tuple(range(2 * RANGE_VIEWERS + 1))
    messages = list(build_ranges(7, viewers))
    ranges = [decode(message.value, RebuildRange) for message in messages]
    assert [len(wanted.viewers) for wanted in ranges] == [RANGE_VIEWERS, RANGE_VIEWERS, 1]
    assert tuple(viewer for wanted in ranges for viewer in wanted.viewers) == viewers
    assert {wanted.run_id for wanted in ranges} == {7}
    assert len({message.key for message in messages}) == 3


def test_an_empty_page_needs_no_message() -> None:
    assert list(build_ranges(7, ())) == []
