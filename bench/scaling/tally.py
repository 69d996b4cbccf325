"""Computes the score during a simulation. Used by `simulation`; changes none of its inputs."""

from collections.abc import Collection

from bench.scaling.consuming import Topic
from bench.scaling.load import Load, Row, all_messages_in, arrived_at, messages_in
from bench.scaling.observing import NEARLY_A_MESSAGE
from bench.scaling.score import Score
from bench.scaling.world import TICKS_PER_SECOND, Trace


class Tally:
    """Running sums; each step is evaluated at its end."""

    def __init__(self, trace: Trace, load: Load) -> None:
        self._load = load
        self._target = trace.drain_target_seconds * TICKS_PER_SECOND
        self.late_seconds = self._area = self._workers = self._paused = 0.0
        self.killed = 0
        self.peak = trace.replicas

    def step(self, topic: Topic, now: int, seconds: float, stuck: Collection[int]) -> None:
        """Add the lateness and the lag of a step."""
        if now > self._target and _is_late(topic, arrived_at(self._load.work, now - self._target), stuck):
            self.late_seconds += seconds
        self._area += lag(self._load, topic, stuck) * seconds

    def pods(self, pods: int, closed: int, seconds: float) -> None:
        """Add the existing pods and the paused partitions of a step."""
        self._workers += pods * seconds
        self._paused += closed * seconds

    def score(self, topic: Topic, rebalances: int) -> Score:
        """Return the score without its overshoot."""
        return Score(
            late_seconds=self.late_seconds,
            lag_area=self._area,
            worker_seconds=self._workers,
            rebalances=rebalances,
            pause_seconds=self._paused,
            peak=self.peak,
            killed=self.killed,
            redone=topic.redone,
            lost=topic.lost(),
            final_lag=lag(self._load, topic, ()),
        )


def _is_late(topic: Topic, due: Row, stuck: Collection[int]) -> bool:
    """Return whether a message older than the drain target is uncommitted."""
    behind = [wanted - is_done > NEARLY_A_MESSAGE for wanted, is_done in zip(due, topic.committed, strict=True)]
    return any(behind) and any(flag for place, flag in enumerate(behind) if place not in stuck)


def lag(load: Load, topic: Topic, stuck: Collection[int]) -> float:
    """Return the uncommitted messages of partitions that are not stuck."""
    left_out = sum(
        messages_in(load, place, topic.arrived[place]) - messages_in(load, place, topic.committed[place])
        for place in stuck
    )
    return all_messages_in(load, topic.arrived) - all_messages_in(load, topic.committed) - left_out
