"""How long conditions hold, held against a walk through the whole history."""

from hypothesis import given
from hypothesis import strategies as st

from photo_operator.crds.runbook import Condition
from photo_operator.runbooks.matching import ConditionHistory, WatchedConditions, is_met
from photo_operator.signals import Signal

HIGH = Condition(signal=Signal.FANOUT_LAG, above=10, for_seconds=7)
LOW = Condition(signal=Signal.FANOUT_LAG, below=3)
CONDITIONS = (HIGH, LOW)

looks = st.lists(st.tuples(st.floats(0.1, 5), st.none() | st.integers(0, 20)), max_size=60)


@given(looks)
def test_a_condition_holds_once_it_was_met_without_a_break_for_as_long_as_it_asks(
    history: list[tuple[float, int | None]],
) -> None:
    memory = ConditionHistory()
    seen: list[tuple[float, int | None]] = []
    now = 0.0
    for pause, lag in history:
        now += pause
        seen.append((now, lag))
        readings = {} if lag is None else {Signal.FANOUT_LAG: float(lag)}
        held = memory.update({"Any": WatchedConditions(CONDITIONS, readings)}, now)["Any"]
        met = [at for at, value in seen[::-1] if value is None or value <= 10]
        run = [at for at, value in seen if (not met or at > met[0]) and value is not None]
        assert (HIGH in held) == (bool(run) and now - run[0] >= 7)
        assert (LOW in held) == (lag is not None and lag < 3)


def test_a_new_leader_counts_anew() -> None:
    readings = {Signal.FANOUT_LAG: 11.0}
    old = ConditionHistory()
    old.update({"Any": WatchedConditions((HIGH,), readings)}, 0.0)
    assert old.update({"Any": WatchedConditions((HIGH,), readings)}, 7.0)["Any"] == {HIGH}
    assert ConditionHistory().update({"Any": WatchedConditions((HIGH,), readings)}, 7.0)["Any"] == frozenset()


def test_a_runbook_that_is_gone_is_forgotten() -> None:
    memory = ConditionHistory()
    readings = {Signal.FANOUT_LAG: 11.0}
    memory.update({"Any": WatchedConditions((HIGH,), readings)}, 0.0)
    assert memory.update({}, 5.0) == {}
    assert memory.update({"Any": WatchedConditions((HIGH,), readings)}, 8.0)["Any"] == frozenset()


def test_a_bound_itself_is_not_beyond_it() -> None:
    assert not is_met(HIGH, {Signal.FANOUT_LAG: 10.0})
    assert is_met(HIGH, {Signal.FANOUT_LAG: 10.1})
    assert not is_met(LOW, {Signal.FANOUT_LAG: 3.0})


def test_what_is_not_known_meets_nothing() -> None:
    assert not any(is_met(condition, {}) for condition in CONDITIONS)
