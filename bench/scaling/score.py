"""The score of one scaler on one trace, and its cost. Pure."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Score:
    """Totals over a whole trace.

    Seconds are simulated time. Stuck partitions count neither as late nor as lag, because no number of workers would
    help; they count in `final_lag`.
    """

    late_seconds: float = 0.0  # seconds in which a message was older than the drain target
    lag_area: float = 0.0  # message-seconds
    worker_seconds: float = 0.0  # of all existing pods: starting, ready or ending
    rebalances: int = 0
    pause_seconds: float = 0.0  # summed over partitions that were paused by a rebalance
    peak: int = 0  # the largest number of replicas requested
    overshoot: int = 0  # peak minus the fewest workers that would have been enough
    killed: int = 0  # pods that did not finish within their grace period
    redone: float = 0.0  # units that killed pods had begun, and that were delivered again
    lost: float = 0.0  # units committed but never done: must be 0
    final_lag: float = 0.0  # messages


def add_up(scores: Iterable[Score]) -> Score:
    """Return the sum of scores."""
    listed = list(scores)
    return Score(**{field.name: sum(getattr(score, field.name) for score in listed) for field in fields(Score)})


def with_fewest(score: Score, fewest: int) -> Score:
    """Return a score with its overshoot, given the fewest workers that would have been enough."""
    return dataclasses.replace(score, overshoot=max(0, score.peak - fewest))


def weigh(score: Score, most_replicas: int) -> float:
    """Return the cost in worker-seconds, by which the best peer is chosen; lower is better.

    A second with late messages costs as much as one second of the maximum number of workers, because a scaler that
    avoids lateness at a lower cost should be preferred.
    """
    return score.worker_seconds + most_replicas * score.late_seconds
