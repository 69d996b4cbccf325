"""Shapes of arrival rates, in messages per second, one value for each second. Pure; used by the lists of traces."""

import math
from collections.abc import Sequence

Rates = tuple[float, ...]


def steady(seconds: int, rate: float) -> Rates:
    """Return a constant rate."""
    return (rate,) * seconds


def step(seconds: int, low: float, high: float, between: tuple[int, int]) -> Rates:
    """Return a rate that is high between two times."""
    return tuple(high if between[0] <= second < between[1] else low for second in range(seconds))


def ramp(seconds: int, low: float, high: float) -> Rates:
    """Return a rate that rises for two thirds of the time and falls afterwards."""
    top = seconds * 2 // 3
    up = (low + (high - low) * second / top for second in range(top))
    down = (high + (low - high) * second / (seconds - top) for second in range(seconds - top))
    return (*up, *down)


def day(seconds: int, low: float, high: float, days: float = 1.0) -> Rates:
    """Return a sine wave that begins at its minimum; `days` periods fit into the time."""
    middle, half = (high + low) / 2, (high - low) / 2
    return tuple(middle - half * math.cos(2 * math.pi * days * second / seconds) for second in range(seconds))


def spike(seconds: int, base: float, times: float, at: int) -> Rates:
    """Return a rate that multiplies within a minute and then decays slowly.

    Like the traffic after a goal in a World Cup final: 30 times the usual rate within 60 seconds. The tail halves every
    200 seconds.
    """
    return tuple(base * (1 + (times - 1) * _spike_share(second - at)) for second in range(seconds))


SPIKE_RISE_SECONDS, SPIKE_HALF_LIFE_SECONDS = 60, 200


def _spike_share(since: int) -> float:
    if since < 0:
        return 0.0
    if since < SPIKE_RISE_SECONDS:
        return since / SPIKE_RISE_SECONDS
    return math.exp2((SPIKE_RISE_SECONDS - since) / SPIKE_HALF_LIFE_SECONDS)


def flapping(seconds: int, low: float, high: float, period: int) -> Rates:
    """Return a rate that alternates between two values every half period."""
    return tuple(high if second % period < period // 2 else low for second in range(seconds))


def skewed(partitions: int, hot: int, share: float) -> Rates:
    """Return weights in which one partition has a given share and the others share the rest evenly."""
    other = (1 - share) / (partitions - 1)
    return tuple(share if partition == hot else other for partition in range(partitions))


def zipf(partitions: int, exponent: float) -> Rates:
    """Return weights that fall with a power of their rank (Zipf's law), as those of keys do."""
    return tuple(1 / (rank + 1) ** exponent for rank in range(partitions))


def add(first: Sequence[float], second: Sequence[float]) -> Rates:
    """Return the sum of two shapes."""
    return tuple(a + b for a, b in zip(first, second, strict=True))
