import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_operator.scaling.decide import decide
from photo_operator.scaling.model import Bounds, Lag, LimitedBy, Observation, Rates

BOUNDS = Bounds(1, 6, 10)


def _seen(**changed: object) -> Observation:
    base: dict[str, object] = {
        "now": 100.0,
        "replicas": 1,
        "bounds": BOUNDS,
        "lag": _lag(0),
        "rates": Rates(0, 0, 10.0),
    }
    return Observation(**(base | changed))  # type: ignore[arg-type]


def _lag(messages: int, partitions: int = 32) -> Lag:
    return Lag(messages, 1000 + messages, 1000, partitions)


@pytest.mark.parametrize(
    ("seen", "replicas", "limit"),
    [
        (_seen(), 1, LimitedBy.NONE),
        (_seen(lag=_lag(300), rates=Rates(0, 10, 10.0)), 3, LimitedBy.NONE),
        (_seen(lag=_lag(300), rates=Rates(20, 10, 10.0)), 5, LimitedBy.NONE),
        (_seen(lag=_lag(3000), rates=Rates(20, 10, 10.0)), 6, LimitedBy.MAX),
        (_seen(lag=_lag(3000, partitions=4), rates=Rates(20, 10, 10.0)), 4, LimitedBy.PARTITIONS),
        (_seen(lag=_lag(90), rates=Rates(0, 10, 10.0)), 1, LimitedBy.NONE),
        (_seen(lag=_lag(3000), rates=Rates(20, 10, 10.0), replicas=3, last_move=90.0), 3, LimitedBy.SETTLING),
        (_seen(lag=_lag(3000), rates=Rates(20, 10, None)), 1, LimitedBy.NONE),
        (_seen(lag=_lag(3000), rates=Rates(20, 10, 5e-324)), 1, LimitedBy.NONE),
        (_seen(replicas=5, wanted_recently=(5, 1)), 5, LimitedBy.STABILIZING),
        (_seen(lag=_lag(300), held_by="demo-celebrity"), 1, LimitedBy.RUNBOOK),
        (_seen(held_by="demo-backlog", floor=4), 4, LimitedBy.RUNBOOK),
        (_seen(replicas=5, held_by="demo-backlog", floor=4), 5, LimitedBy.RUNBOOK),
        (_seen(held_by="demo-backlog", floor=9), 6, LimitedBy.RUNBOOK),
        (_seen(replicas=5, wanted_recently=(1, 1)), 1, LimitedBy.NONE),
        (_seen(replicas=5, wanted_recently=(2, 1)), 2, LimitedBy.NONE),
        (_seen(replicas=4, lag=None), 4, LimitedBy.METRICS_STALE),
        (_seen(replicas=4, lag=_lag(9000), pulling=True), 4, LimitedBy.PULL_MODE),
        (_seen(replicas=4, foreign_scaler="kubectl"), 4, LimitedBy.FOREIGN_SCALER),
        (_seen(replicas=9, foreign_scaler="kubectl"), 9, LimitedBy.FOREIGN_SCALER),
        (_seen(replicas=0, foreign_scaler="kubectl"), 1, LimitedBy.MIN),
        (_seen(replicas=9, lag=None), 6, LimitedBy.MAX),
    ],
)
def test_decisions(seen: Observation, replicas: int, limit: LimitedBy) -> None:
    decision = decide(seen)
    assert (decision.replicas, decision.limited_by) == (replicas, limit)


OBSERVATIONS = st.builds(
    Observation,
    now=st.just(100.0),
    replicas=st.integers(0, 20),
    bounds=st.builds(Bounds, min=st.integers(1, 3), max=st.integers(3, 10), drain_target=st.integers(1, 60)),
    lag=st.none() | st.builds(Lag, st.integers(0, 10**6), st.just(10**7), st.just(0), st.integers(1, 128)),
    rates=st.builds(
        Rates,
        arrival=st.none() | st.floats(0, 1e4),
        service=st.none() | st.floats(0, 1e4),
        per_worker=st.none() | st.floats(0, 1e3),
    ),
    wanted_recently=st.lists(st.integers(1, 20), max_size=5).map(tuple),
    last_move=st.none() | st.floats(0, 100),
    pulling=st.booleans(),
    foreign_scaler=st.none() | st.just("hpa"),
)


@given(OBSERVATIONS)
def test_never_leaves_the_bounds_by_itself_and_always_explains(seen: Observation) -> None:
    decision = decide(seen)
    assert seen.bounds.min <= decision.replicas <= seen.bounds.max or decision.replicas == seen.replicas
    assert decision.explanation


@given(OBSERVATIONS.filter(lambda seen: seen.foreign_scaler is not None and seen.replicas > 0))
def test_a_number_that_somebody_else_set_is_never_fought(seen: Observation) -> None:
    assert decide(seen).replicas == seen.replicas


@given(OBSERVATIONS)
def test_without_a_known_lag_the_number_is_held_within_bounds(seen: Observation) -> None:
    blind = Observation(seen.now, seen.replicas, seen.bounds, None, seen.rates)
    assert decide(blind).replicas == min(max(seen.replicas, seen.bounds.min), seen.bounds.max)


@given(st.integers(0, 10**5), st.integers(0, 10**5))
def test_more_lag_never_asks_for_fewer(less: int, more: int) -> None:
    low, high = sorted((less, more))
    rates = Rates(5.0, 10.0, 10.0)
    assert decide(_seen(lag=_lag(low), rates=rates)).wanted <= decide(_seen(lag=_lag(high), rates=rates)).wanted
