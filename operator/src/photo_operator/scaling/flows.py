"""Lag, rates and ages of each partition, from repeated counts of its offsets. Pure; called by `history`."""

from collections.abc import Sequence

from photo_operator.engines.lag import Offsets, Sample
from photo_operator.scaling.model import Flow

RATE_SECONDS, FEWEST_MESSAGES = 12.0, 20  # shortest window of rates, in seconds and in arrived messages
REMEMBERED_SECONDS = 120.0  # ages beyond this are only lower bounds
FASTEST_PARTITION = 1e6  # messages per second that no partition reaches
FEWEST_SECONDS = 1.0  # shortest time between the two counts of a rate


def is_continued(before: Sample, after: Sample) -> bool:
    """Return whether a count continues another: the same partitions, and offsets that a broker can have reached."""
    if before.lag.partitions != after.lag.partitions:
        return False
    most = FASTEST_PARTITION * max(1.0, after.at - before.at)
    pairs = zip(before.lag.each, after.lag.each, strict=True)
    return all(
        was.number == found.number and 0 <= found.produced - was.produced <= most and found.committed >= 0
        for was, found in pairs
    )


def build_flows(samples: Sequence[Sample], now: float) -> tuple[Flow, ...]:
    """Return the flow of every partition of the newest sample.

    Args:
        samples: oldest first, at least one, each continuing the one before.
        now: monotonic seconds, the end of all ages.
    """
    latest = samples[-1]
    first = _first_of_window(samples)
    seconds = latest.at - first.at
    return tuple(
        _flow(samples, index, found, now)
        if seconds < FEWEST_SECONDS
        else _with_rates(_flow(samples, index, found, now), first.lag.each[index], found, seconds)
        for index, found in enumerate(latest.lag.each)
    )


def _first_of_window(samples: Sequence[Sample]) -> Sample:
    """Return the count at which the window of rates starts."""
    latest = samples[-1]
    enough = (
        sample
        for sample in reversed(samples)
        if latest.at - sample.at >= RATE_SECONDS and latest.lag.produced - sample.lag.produced >= FEWEST_MESSAGES
    )
    return next(enough, samples[0])


def _with_rates(flow: Flow, before: Offsets, after: Offsets, seconds: float) -> Flow:
    return Flow(
        flow.number,
        flow.lag,
        arrival=max(0, after.produced - before.produced) / seconds,
        service=max(0, after.committed - before.committed) / seconds,
        oldest=flow.oldest,
        stalled_seconds=flow.stalled_seconds,
    )


def _flow(samples: Sequence[Sample], index: int, found: Offsets, now: float) -> Flow:
    if not found.lag:
        return Flow(found.number, 0)
    return Flow(
        found.number,
        found.lag,
        oldest=now - _oldest_produced_at(samples, index, found.committed),
        stalled_seconds=now - _advanced_at(samples, index, found.committed),
    )


def _oldest_produced_at(samples: Sequence[Sample], index: int, committed: int) -> float:
    """Return the latest time at which the oldest waiting message was produced, within the remembered samples."""
    later = samples[-1].at
    for sample in reversed(samples):
        if sample.lag.each[index].produced <= committed:
            return later
        later = sample.at
    return later


def _advanced_at(samples: Sequence[Sample], index: int, committed: int) -> float:
    """Return when the partition last advanced or began to lag, within the remembered samples."""
    later = samples[-1].at
    for sample in reversed(samples):
        offsets = sample.lag.each[index]
        if offsets.committed < committed or not offsets.lag:
            return later
        later = sample.at
    return later
