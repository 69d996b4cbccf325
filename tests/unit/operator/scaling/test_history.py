import pytest

from photo_operator.engines.lag import Lag, Offsets, Sample
from photo_operator.scaling.flows import REMEMBERED_SECONDS
from photo_operator.scaling.history import BELIEVED_AFTER, REPORTED_SECONDS, ScalingHistory
from photo_operator.scaling.model import MOVES_REMEMBERED, Decision, LimitedBy, Observation, Record, Service, Work
from tests.support.lags import lag_of, lags_in, last_lags


def _sample(at: float, waiting: int, committed: int, partitions: int = 4) -> Sample:
    return Sample(at, lag_of(waiting, committed, partitions))


def _history(*samples: Sample, workers: int = 1) -> ScalingHistory:
    history = ScalingHistory()
    for sample in samples:
        history.add(sample, workers)
    return history


def _arrival(history: ScalingHistory, now: float) -> float:
    return sum(flow.arrival for flow in history.flows(now, 15) or ())


def test_nothing_is_known_at_first() -> None:
    history = ScalingHistory()
    assert (history.flows(0, 15), last_lags(history), history.service, history.records()) == (None, None, None, ())


@pytest.mark.parametrize(("now", "known"), [(15.0, True), (15.1, False)])
def test_an_old_count_makes_no_flows(now: float, *, known: bool) -> None:
    history = _history(_sample(0, 40, 0))
    assert (history.flows(now, max_age=15) is not None) is known
    assert last_lags(history) == lags_in(lag_of(40))


def test_a_count_that_is_newer_than_the_pass_gives_no_negative_ages() -> None:
    history = _history(_sample(0, 40, 0), _sample(5, 40, 40))
    assert history.flows(4.9, 15) == history.flows(5, 15)


def test_counts_go_on_from_each_other() -> None:
    assert _arrival(_history(_sample(0, 0, 0), _sample(5, 50, 50)), 5) == 20.0


@pytest.mark.parametrize("partitions", [4, 8])
def test_a_topic_that_was_made_anew_begins_anew_once_it_is_believed(partitions: int) -> None:
    before, *after = [_sample(0, 0, 40), *(_sample(2.5 * n, 10, 4, partitions) for n in range(1, BELIEVED_AFTER + 2))]
    history = _history(before, *after[: BELIEVED_AFTER - 1])
    assert last_lags(history) == lags_in(before.lag)
    assert history.flows(after[BELIEVED_AFTER - 2].at, 15) is None  # the last that was believed is old by now
    for count in after[BELIEVED_AFTER - 1 :]:
        history.add(count, 1)
        assert last_lags(history) == lags_in(count.lag)
        assert _arrival(history, count.at) == 0.0


IMPLAUSIBLE = [
    pytest.param(Lag((Offsets(0, 10**15, 10), *lag_of(40, 40).each[1:])), id="far beyond"),
    pytest.param(Lag((Offsets(0, 20, -1001), *lag_of(40, 40).each[1:])), id="unknown"),
    pytest.param(Lag((Offsets(0, 0, 0), *lag_of(40, 40).each[1:])), id="decreased"),
    pytest.param(lag_of(40, 40, partitions=3), id="a partition less"),
]


@pytest.mark.parametrize("absurd", IMPLAUSIBLE)
def test_an_absurd_count_changes_nothing(absurd: Lag) -> None:
    counts = [_sample(at, 40 + 4 * at, 40 + 4 * at) for at in range(0, 120, 5)]
    history, undisturbed = ScalingHistory(), _history(*counts)
    for count in counts:
        history.add(count, 1)
        history.add(Sample(count.at + 2, absurd), 1)  # never two in a row
    assert history.flows(115, 15) == undisturbed.flows(115, 15)
    assert _arrival(history, 115) == 8.0


def test_rates_of_few_messages_are_made_of_all_that_is_remembered() -> None:
    history = _history(*(_sample(at, int(at == 60), 3 + (at > 60), partitions=1) for at in range(0, 101, 5)))
    assert _arrival(history, 100) == 0.01


def test_a_count_in_the_same_moment_is_left_out() -> None:
    assert last_lags(_history(_sample(0, 0, 0), _sample(0.5, 40, 0))) == lags_in(lag_of(0))


def test_counts_are_forgotten_in_time() -> None:
    seconds = int(REMEMBERED_SECONDS) + 60
    history = _history(*(_sample(at, 40, 0) for at in range(0, seconds + 1, 5)))
    flows = history.flows(seconds, 15)
    assert flows is not None
    assert {flow.stalled_seconds for flow in flows} == {REMEMBERED_SECONDS}


def test_one_workers_rate_is_learned_from_counts_while_all_partitions_have_more_to_do() -> None:
    history = _history(_sample(0, 400, 0), _sample(5, 400, 80), workers=2)
    assert history.service == Service(8.0, 1.0, 80.0)
    history.add(_sample(10, 0, 480), workers=2)
    assert history.service == Service(8.0, 1.0, 80.0)


def test_a_stalled_group_and_one_without_workers_teach_nothing() -> None:
    assert _history(_sample(0, 40, 0), _sample(5, 40, 0)).service is None
    assert _history(_sample(0, 400, 0), _sample(5, 400, 80), workers=0).service is None


def test_what_workers_report_is_summed_over_them() -> None:
    history = ScalingHistory()
    history.report([Work(30.0, 5.0, 5.0), Work(10.0, 3.0, 5.0)], now=0)
    assert history.service == Service(5.0, 0.8, 40.0)


def test_work_adds_up_until_there_is_enough_to_learn_from() -> None:
    history = ScalingHistory()
    for number in range(1, 10):
        history.report([Work(1.0, 5.0, 5.0)], now=5 * number)
        assert history.service is None
    history.report([Work(1.0, 3.0, 5.0)], now=50)
    assert history.service == Service(10 / 48, 0.6, 10.0)
    history.report([Work(1.0, 5.0, 5.0)], now=55)  # too little for a rate, but how busy they are is known at once
    assert history.service == Service(10 / 48, 1.0, 10.0)
    history.report([Work(0.0, 0.0, 5.0)], now=60)
    assert history.service == Service(10 / 48, 0.0, 10.0)


def test_jobs_of_half_a_minute_are_learned_from_within_a_minute_of_work() -> None:
    history = ScalingHistory()
    for number in range(12):
        assert history.service is None
        history.report([Work(float(number % 6 == 5), 5.0, 5.0)], now=5 * number)
    assert history.service == Service(1 / 30, 1.0, 2.0)


@pytest.mark.parametrize(("later", "rate"), [(REPORTED_SECONDS - 1, 5.0), (REPORTED_SECONDS, 20.0)])
def test_counts_teach_only_while_nobody_reports(later: float, rate: float) -> None:
    history = _history(_sample(later - 10, 4000, 0))
    history.report([Work(25.0, 5.0, 5.0)], now=0)
    history.add(_sample(later, 4000, 200), workers=1)
    assert history.service is not None
    assert history.service.per_worker == pytest.approx(rate, abs=4)


def test_where_no_pod_answers_nothing_is_reported() -> None:
    history = ScalingHistory()
    history.report([], now=0)
    history.add(_sample(0, 400, 0), workers=1)
    history.add(_sample(5, 400, 80), workers=1)
    assert history.service == Service(16.0, 1.0, 80.0)


def test_the_last_moves_are_told_oldest_first() -> None:
    history = ScalingHistory()
    records = [Record(str(number), 1, 2, LimitedBy.NONE, "") for number in range(MOVES_REMEMBERED + 5)]
    for record in records:
        history.record(record)
    assert history.records() == tuple(records[5:])


def test_decisions_are_remembered_whether_they_were_carried_out_or_not() -> None:
    history = ScalingHistory()
    history.decided(Observation(10.0, 1, 1, None), Decision(3, 3, LimitedBy.NONE, ""), moved=False)
    history.decided(Observation(20.0, 1, 1, None), Decision(4, 4, LimitedBy.NONE, ""), moved=True)
    assert history.memory.wanted == ((10.0, 3), (20.0, 4))
    assert [(move.at, move.after) for move in history.memory.moves] == [(20.0, 4)]
