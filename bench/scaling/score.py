"""What one scaler achieved on one trace, and what that is worth. Pure."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Score:
    """Counted over a whole trace.

    Seconds are of simulated time. Partitions that are stuck count neither as late nor as lag while they are, since no
    number of workers would help them; they do in `final_lag`.
    """

    late_seconds: float = 0.0  # in which some message was older than the drain target
    lag_area: float = 0.0  # message-seconds
    worker_seconds: float = 0.0  # of pods that exist: starting, ready or ending
    rebalances: int = 0
    pause_seconds: float = 0.0  # summed over partitions that nobody could consume because a member came or went
    peak: int = 0  # the most replicas that were asked for
    overshoot: int = 0  # of the peak over the fewest that would have sufficed
    killed: int = 0  # pods that were busy for longer than their grace
    redone: float = 0.0  # units that these had begun, and that were delivered again
    lost: float = 0.0  # units committed and never done: must be 0
    final_lag: float = 0.0  # messages


def add_up(scores: Iterable[Score]) -> Score:
    """Return the sums."""
    listed = list(scores)
    return Score(**{field.name: sum(getattr(score, field.name) for score in listed) for field in fields(Score)})


def with_fewest(score: Score, fewest: int) -> Score:
    """Return a score with the overshoot over the fewest workers that would have sufficed."""
    return dataclasses.replace(score, overshoot=max(0, score.peak - fewest))


def weigh(score: Score, most_replicas: int) -> float:
    """Return one number to choose a peer's settings by, in worker-seconds; less is better.

    A second in which messages are late weighs as much as a second of every worker that is allowed: who pays less than
    that for being in time would rather pay it.
    """
    return score.worker_seconds + most_replicas * score.late_seconds
