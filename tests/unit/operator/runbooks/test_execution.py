import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.runtime_policy import FeedMode
from photo_operator.crds import Execution, ExecutionSpec, ExecutionStatus, Metadata, Phase, Trigger
from photo_operator.observe.feed_cache import Signals
from photo_operator.runbooks.execution import View, advance, wanted_mode
from photo_operator.runbooks.model import Runbook
from photo_operator.runbooks.planning import build_plan

DOWN = Signals(probed=True, probe_good=False, probe_seconds=3, failures=5)
UP = Signals(probed=True, probe_good=True, probe_seconds=3)


def _time(second: int) -> str:
    return f"2026-01-01T00:{second // 60:02d}:{second % 60:02d}Z"


@pytest.fixture
def runbook(runbooks: dict[str, Runbook]) -> Runbook:
    return runbooks["FeedCacheDown"]


class World:
    """An execution in a cluster where effects happen between passes."""

    def __init__(self, runbook: Runbook) -> None:
        self.runbook = runbook
        self.second = 0
        self.mode: FeedMode = FeedMode.PUSH
        self.execution = Execution(
            Metadata("demo-1", "photos", "uid"),
            ExecutionSpec("demo", runbook.alert, Trigger("Probe", "f", "Redis is out")),
        )

    @property
    def status(self) -> ExecutionStatus:
        return self.execution.status

    def step(self, signals: Signals, *, lag: int | None = 0, blocked: Phase | None = None, effect: bool = True) -> None:
        view = View(_time(self.second), signals, self.mode, lag, blocked)
        after = advance(build_plan(self.runbook), self.execution, view)
        self.execution = msgspec.structs.replace(self.execution, status=after)
        if effect:
            self.mode = wanted_mode(after) or self.mode
        self.second += 1

    def until(self, phase: Phase, signals: Signals, limit: int = 200, *, lag: int | None = 0) -> None:
        for _ in range(limit):
            if self.status.phase is phase:
                return
            self.step(signals, lag=lag)
        raise AssertionError(f"still {self.status.phase} after {limit} s: {self.status.explanation}")


def test_feeds_are_pulled_within_a_few_passes(runbook: Runbook) -> None:
    world = World(runbook)
    world.until(Phase.MITIGATED, DOWN, limit=6)
    assert world.mode is FeedMode.PULL
    assert world.status.mitigated_at is not None


def test_recovery_waits_until_redis_has_been_good_for_a_while(runbook: Runbook) -> None:
    world = World(runbook)
    world.until(Phase.MITIGATED, DOWN)
    returned = world.second
    world.until(Phase.RECOVERING, UP)
    assert 10 <= world.second - returned <= 13


def test_push_returns_at_the_end(runbook: Runbook) -> None:
    world = World(runbook)
    world.until(Phase.MITIGATED, DOWN)
    world.until(Phase.SUCCEEDED, UP)
    assert world.mode is FeedMode.PUSH
    assert [entry.phase for entry in world.status.journal] == [
        Phase.TRIGGERED,
        Phase.PLANNED,
        Phase.MITIGATING,
        Phase.VERIFYING,
        Phase.MITIGATED,
        Phase.RECOVERING,
        Phase.VERIFYING_RECOVERY,
        Phase.SUCCEEDED,
    ]


@pytest.mark.parametrize(
    ("signals", "lag"),
    [
        (msgspec.structs.replace(UP, breakers_open=1, failures=9.0), 0),
        (msgspec.structs.replace(UP, rebuilds_running=500.0), 0),
        (msgspec.structs.replace(UP, rebuild_remaining=1e6), 0),
        (UP, 100_000),
        (UP, None),
    ],
)
def test_push_returns_within_150_seconds_whatever_pods_report(
    runbook: Runbook, signals: Signals, lag: int | None
) -> None:
    world = World(runbook)
    world.until(Phase.MITIGATED, DOWN)
    returned = world.second
    world.until(Phase.SUCCEEDED, signals, lag=lag)
    assert world.second - returned <= 150


def test_a_relapse_pulls_again(runbook: Runbook) -> None:
    world = World(runbook)
    world.until(Phase.MITIGATED, DOWN)
    world.until(Phase.VERIFYING_RECOVERY, UP)
    world.step(DOWN)
    assert world.status.phase is Phase.MITIGATING
    assert world.mode is FeedMode.PULL
    world.until(Phase.SUCCEEDED, UP)


def test_a_guard_holds_the_plan_back(runbook: Runbook) -> None:
    world = World(runbook)
    for _ in range(5):
        world.step(DOWN, blocked=Phase.AWAITING_APPROVAL)
    assert (world.status.phase, world.mode.value) == (Phase.AWAITING_APPROVAL, "push")
    world.until(Phase.MITIGATED, DOWN)
    assert world.mode is FeedMode.PULL


def test_a_dry_run_ends_with_its_plan(runbook: Runbook) -> None:
    world = World(runbook)
    for _ in range(4):
        world.step(DOWN, blocked=Phase.BLOCKED)
    assert world.status.phase is Phase.BLOCKED
    assert world.status.plan is not None
    assert world.mode is FeedMode.PUSH


@given(crash=st.lists(st.booleans(), min_size=60, max_size=60))
def test_an_operator_that_dies_before_any_effect_ends_the_same(runbooks: dict[str, Runbook], crash: list[bool]) -> None:
    world = World(runbooks["FeedCacheDown"])
    for dies in crash:
        world.step(DOWN if world.second < 20 else UP, effect=not dies)
    world.until(Phase.SUCCEEDED, UP)
    world.step(UP)
    assert world.mode is FeedMode.PUSH
