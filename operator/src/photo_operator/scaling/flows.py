"""What happens in each partition, from counts of its offsets in the course of time. Pure; called by `history`."""

from collections.abc import Sequence

from photo_operator.engines.lag import Offsets, Sample
from photo_operator.scaling.model import Flow

RATE_SECONDS, FEWEST_MESSAGES = 12.0, 20  # rates are over so long, and over so many messages that came
REMEMBERED_SECONDS = 120.0  # an older message is only known to be older
FASTEST_PARTITION = 1e6  # messages a second; no partition takes so many
FEWEST_SECONDS = 1.0  # between two counts that a rate is made from


def is_continued(before: Sample, after: Sample) -> bool:
    """Whether a count goes on from another: the same partitions, and no offsets that no broker can have reached."""
    if before.lag.partitions != after.lag.partitions:
        return False
    most = FASTEST_PARTITION * max(1.0, after.at - before.at)
    pairs = zip(before.lag.each, after.lag.each, strict=True)
    return all(
        was.number == found.number and 0 <= found.produced - was.produced <= most and found.committed >= 0
        for was, found in pairs
    )


def build_flows(samples: Sequence[Sample], now: float) -> tuple[Flow, ...]:
    """Return every partition of the newest sample.

    Args:
        samples: oldest first, at least one, each going on from the one before.
        now: monotonic seconds; ages count until then.
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
    """Return the count from which on rates are made."""
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
        still=flow.still,
    )


def _flow(samples: Sequence[Sample], index: int, found: Offsets, now: float) -> Flow:
    if not found.lag:
        return Flow(found.number, 0)
    return Flow(
        found.number,
        found.lag,
        oldest=now - _served_until(samples, index, found.committed),
        still=now - _moved_at(samples, index, found.committed),
    )


def _served_until(samples: Sequence[Sample], index: int, committed: int) -> float:
    """Return when the oldest message that waits had been produced at the latest, as far back as is remembered."""
    later = samples[-1].at
    for sample in reversed(samples):
        if sample.lag.each[index].produced <= committed:
            return later
        later = sample.at
    return later


def _moved_at(samples: Sequence[Sample], index: int, committed: int) -> float:
    """Return when the partition was seen to be committed further, or to begin to lag; as far back as remembered."""
    later = samples[-1].at
    for sample in reversed(samples):
        offsets = sample.lag.each[index]
        if offsets.committed < committed or not offsets.lag:
            return later
        later = sample.at
    return later
