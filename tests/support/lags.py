"""Lags for tests: so many messages, spread over partitions."""

import math

from photo_operator.engines.lag import Lag, Offsets
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.model import Flow


def lag_of(messages: int, committed: int = 0, partitions: int = 4) -> Lag:
    """Return a group of which so many messages wait and so many are committed."""
    waiting, done = _spread(messages, partitions), _spread(committed, partitions)
    return Lag(tuple(Offsets(index, done[index] + waiting[index], done[index]) for index in range(partitions)))


def flows_of(messages: int, arrival: float = 0.0, service: float = 0.0, partitions: int = 32) -> tuple[Flow, ...]:
    """Return partitions that share a lag and rates (messages a second) evenly."""
    return tuple(
        Flow(index, waiting, arrival / partitions, service / partitions)
        for index, waiting in enumerate(_spread(messages, partitions))
    )


def _spread(messages: int, partitions: int) -> list[int]:
    return [messages // partitions + (index < messages % partitions) for index in range(partitions)]


def lags_in(lag: Lag) -> list[int]:
    """Return the messages that wait, by partition."""
    return [found.lag for found in lag.each]


def last_lags(history: ScalingHistory) -> list[int] | None:
    """Return the messages that waited at the last count, by partition; None before the first one."""
    flows = history.flows(0.0, math.inf)
    return None if flows is None else [flow.lag for flow in flows]
