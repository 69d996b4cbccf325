"""What one worker does in a busy second, learned from what workers report of themselves. Pure; called by `history`.

A worker that has nothing to do says little: its batches are small, and what it could do is more than it does. So a rate
that was measured while workers were busy counts for what it is, and any other only raises what is known.
"""

from photo_operator.engines.lag import Lag
from photo_operator.scaling.model import Service, Work

SATURATED = 0.7  # busy for so much of the time, a worker is at its limit
TRUSTED_SECONDS = 0.5  # busy seconds that weigh as much as all before them: what messages cost may change at once
FEWEST_BUSY_SECONDS, FEWEST_MESSAGES = 0.05, 10  # less is no measurement
LONGEST_BUSY_SECONDS = 60.0  # of all workers together; then it is taken for what it is
SLOWEST_WORKER = 0.001  # messages a second; a lower rate is no measurement


def learn(known: Service | None, work: Work) -> Service | None:
    """Return what is known of one worker after some work, of which there was enough (`is_enough`)."""
    if work.seconds <= 0 or work.busy <= 0 or work.handled / work.busy < SLOWEST_WORKER:
        return known
    rate, busy = work.handled / work.busy, busy_part(work)
    if known is None:
        return Service(rate, busy, work.handled)
    handled = known.handled + work.handled
    if busy < SATURATED and rate <= known.per_worker:
        return Service(known.per_worker, busy, handled)
    weight = work.busy / (work.busy + TRUSTED_SECONDS)
    return Service(known.per_worker + weight * (rate - known.per_worker), busy, handled)


def is_enough(work: Work) -> bool:
    """Whether so much was done that it says something: of long jobs, a short time has none or one by chance."""
    return work.busy >= FEWEST_BUSY_SECONDS and (work.handled >= FEWEST_MESSAGES or work.busy >= LONGEST_BUSY_SECONDS)


def busy_part(work: Work) -> float:
    """Return for which part of their time workers were busy."""
    return min(1.0, max(0.0, work.busy) / work.seconds) if work.seconds > 0 else 0.0


def work_between(before: Lag, after: Lag, workers: int, seconds: float) -> Work | None:
    """Return what the group did between two counts, for workers that report nothing; None where that says nothing.

    Only partitions that had more to do than was done at both ends kept a worker busy, and a worker has many of them.
    """
    pairs = list(zip(before.each, after.each, strict=True))
    done = sum(max(0, found.committed - was.committed) for was, found in pairs)
    backlogged = [(was, found) for was, found in pairs if min(was.lag, found.lag) > found.committed - was.committed > 0]
    if not backlogged or workers < 1 or min(before.messages, after.messages) < done:
        return None
    at_work = min(workers, len(backlogged))
    return Work(done, at_work * seconds, at_work * seconds)
