import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_operator.engines.lag import Lag, Offsets
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.model import Service, Work
from photo_operator.scaling.service import SLOWEST_WORKER, TRUSTED_SECONDS, busy_part, is_enough, learn, work_between

BUSY, IDLE = Work(100.0, 10.0, 10.0), Work(1.0, 1.0, 10.0)


@pytest.mark.parametrize(
    ("known", "work", "learned"),
    [
        pytest.param(None, BUSY, Service(10.0, 1.0, 100.0), id="the first report"),
        pytest.param(
            None, Work(100.0, 7.0, 10.0), Service(100 / 7, 0.7, 100.0), id="a worker busy for part of its time"
        ),
        pytest.param(None, IDLE, Service(1.0, 0.1, 1.0), id="a guess that rests on little is better than none"),
        pytest.param(None, Work(0.0, 0.0, 10.0), None, id="no work"),
        pytest.param(None, Work(0.0, 10.0, 10.0), None, id="no messages in busy time"),
        pytest.param(None, Work(5.0, 1.0, 0.0), None, id="no time"),
        pytest.param(Service(10.0), IDLE, Service(10.0, 0.1, 1.0), id="idle workers could do more than they do"),
        pytest.param(
            Service(10.0),
            Work(20 * TRUSTED_SECONDS, TRUSTED_SECONDS, 10.0),
            Service(15.0, TRUSTED_SECONDS / 10, 20 * TRUSTED_SECONDS),
            id="much work of another rate",
        ),
        pytest.param(
            Service(10.0, 1.0, 5.0), Work(0.0, 0.0, 10.0), Service(10.0, 1.0, 5.0), id="no work keeps what is known"
        ),
        pytest.param(
            Service(10.0, 1.0, 5.0), Work(0.0, 10.0, 10.0), Service(10.0, 1.0, 5.0), id="a standstill is no slowness"
        ),
        pytest.param(
            Service(10.0, 1.0, 5.0),
            Work(20 * TRUSTED_SECONDS, 4 * TRUSTED_SECONDS, 1.0),
            Service(6.0, 1.0, 5.0 + 20 * TRUSTED_SECONDS),
            id="much work of a lower rate",
        ),
        pytest.param(Service(10.0, 1.0, 5.0), Work(40.0, 8.0, 0.0), Service(10.0, 1.0, 5.0), id="work in no time"),
        pytest.param(Service(10.0, 1.0, 5.0), Work(160.0, 16.0, 8.0), Service(10.0, 1.0, 165.0), id="busier than time"),
    ],
)
def test_what_is_learned(known: Service | None, work: Work, learned: Service | None) -> None:
    found = learn(known, work)
    if learned is None or found is None:
        assert found is learned
    else:
        assert (found.per_worker, found.busy, found.handled) == pytest.approx(
            (learned.per_worker, learned.busy, learned.handled)
        )


@pytest.mark.parametrize(
    ("work", "enough"),
    [
        pytest.param(Work(10.0, 0.05, 5.0), True, id="ten messages"),
        pytest.param(Work(9.0, 0.05, 5.0), False, id="nine messages"),
        pytest.param(Work(1000.0, 0.04, 5.0), False, id="too little busy time"),
        pytest.param(Work(9.0, 59.9, 60.0), False, id="almost a minute"),
        pytest.param(Work(0.0, 60.0, 60.0), True, id="a busy minute"),
    ],
)
def test_little_work_is_no_measurement_unless_much_time_went_into_it(work: Work, *, enough: bool) -> None:
    assert is_enough(work) is enough


@pytest.mark.parametrize(
    ("busy", "seconds", "part"), [(2.0, 8.0, 0.25), (9.0, 8.0, 1.0), (-1.0, 8.0, 0.0), (1.0, 0.0, 0.0)]
)
def test_a_worker_is_busy_for_a_part_of_its_time(busy: float, seconds: float, part: float) -> None:
    assert busy_part(Work(1.0, busy, seconds)) == part


@given(st.floats(1, 1000), st.floats(1, 1000))
def test_a_rate_that_changed_is_learned_in_a_few_reports(former: float, rate: float) -> None:
    known: Service | None = Service(former, 1.0, 10_000.0)
    for _ in range(6):
        known = learn(known, Work(rate * 5, 5.0, 5.0))
    assert known is not None
    assert known.per_worker == pytest.approx(rate, abs=0.01 * abs(former - rate) + 1e-6)


@given(st.lists(st.builds(Work, st.floats(0, 1e6), st.floats(-1, 1e4), st.floats(-1, 1e4)), max_size=10))
def test_whatever_workers_report_a_rate_stays_a_rate(works: list[Work]) -> None:
    history = ScalingHistory()
    for now, work in enumerate(works):
        history.report([work], now)
        known = history.service
        if known is not None:
            assert math.isfinite(known.per_worker)
            assert known.per_worker >= SLOWEST_WORKER
            assert 0.0 <= known.busy <= 1.0


def _lag(*pairs: tuple[int, int]) -> Lag:
    return Lag(tuple(Offsets(number, *pair) for number, pair in enumerate(pairs)))


@pytest.mark.parametrize(
    ("before", "after", "workers", "work"),
    [
        pytest.param(_lag((100, 0), (100, 0)), _lag((100, 20), (100, 20)), 2, Work(40.0, 10.0, 10.0), id="two workers"),
        pytest.param(_lag((100, 0), (100, 0)), _lag((100, 20), (100, 20)), 1, Work(40.0, 5.0, 5.0), id="one worker"),
        pytest.param(
            _lag((100, 0), (100, 0)),
            _lag((100, 20), (100, 20)),
            9,
            Work(40.0, 10.0, 10.0),
            id="more workers than partitions",
        ),
        pytest.param(
            _lag((100, 0), (9, 9)), _lag((100, 20), (9, 9)), 2, Work(20.0, 5.0, 5.0), id="one partition without lag"
        ),
        pytest.param(_lag((100, 0), (100, 0)), _lag((100, 20), (100, 20)), 0, None, id="no workers"),
        pytest.param(_lag((100, 0)), _lag((100, 0)), 2, None, id="a group that stands still"),
        pytest.param(_lag((100, 100)), _lag((200, 200)), 2, None, id="all was done"),
        pytest.param(_lag((100, 0)), _lag((100, 90)), 2, None, id="almost all was done"),
    ],
)
def test_counts_stand_in_for_reports_where_workers_had_always_more_to_do(
    before: Lag, after: Lag, workers: int, work: Work | None
) -> None:
    assert work_between(before, after, workers, 5.0) == work
