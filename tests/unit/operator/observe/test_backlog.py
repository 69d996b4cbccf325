"""The age of what waits, held against a queue whose every message is known."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from photo_operator.engines.lag import Sample
from photo_operator.observe.backlog import SPACING_SECONDS, STALE_SECONDS, Backlog
from tests.support.lags import lag_of

COUNT_SECONDS = 2.5

steps = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8)), min_size=1, max_size=80)


def sample(at: float, produced: int, committed: int) -> Sample:
    return Sample(at, lag_of(produced - committed, committed))


@given(steps)
def test_the_oldest_message_is_never_called_older_than_it_is_nor_much_younger(history: list[tuple[int, int]]) -> None:
    backlog = Backlog()
    waiting: deque[float] = deque()
    now, produced, committed = 0.0, 0, 0
    for arrived, done in history:
        now += COUNT_SECONDS
        waiting.extend([now] * arrived)
        produced += arrived
        for _ in range(min(done, len(waiting))):
            waiting.popleft()
            committed += 1
        backlog.add(sample(now, produced, committed))
        true_age = now - waiting[0] if waiting else 0.0
        assert true_age - SPACING_SECONDS <= backlog.oldest_seconds(now) <= true_age
        assert backlog.messages(now) == len(waiting)


@given(steps)
def test_a_group_is_stuck_since_it_last_took_a_message_or_had_none(history: list[tuple[int, int]]) -> None:
    backlog = Backlog()
    now, produced, committed, moved = 0.0, 0, 0, 0.0
    for number, (arrived, done) in enumerate(history):
        now += COUNT_SECONDS
        produced += arrived
        taken = min(done, produced - committed)
        committed += taken
        if taken or produced == committed or number == 0:
            moved = now
        backlog.add(sample(now, produced, committed))
        assert backlog.stuck_seconds(now) == (now - moved if produced > committed else 0)


def test_a_count_that_is_old_is_no_knowledge() -> None:
    backlog = Backlog()
    assert backlog.messages(0.0) is None
    backlog.add(sample(1.0, 5, 2))
    assert backlog.messages(1.0 + STALE_SECONDS) == 3
    assert backlog.messages(1.1 + STALE_SECONDS) is None


def test_a_topic_with_other_partitions_is_counted_anew() -> None:
    backlog = Backlog()
    backlog.add(sample(0.0, 5, 2))
    backlog.add(Sample(100.0, lag_of(3, 2, partitions=8)))
    assert backlog.oldest_seconds(100.0) == 0
    assert backlog.stuck_seconds(100.0) == 0
