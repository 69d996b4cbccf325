"""The throughput of one worker, learned from the reports of workers. Pure; called by `history`.

An idle worker says little: its batches are small, and it could do more than it does. So a rate measured while workers
were busy is taken as it is, and any other rate can only raise the known one.
"""

from photo_operator.engines.lag import Lag
from photo_operator.scaling.model import Service, Work

SATURATED = 0.7  # utilisation at which a worker is at its limit
TRUSTED_SECONDS = 0.5  # busy seconds that weigh as much as all before them: the cost of messages may change
FEWEST_BUSY_SECONDS, FEWEST_MESSAGES = 0.05, 10  # less work is not a measurement
LONGEST_BUSY_SECONDS = 60.0  # of all workers together; then even few messages are a measurement
SLOWEST_WORKER = 0.001  # messages per second; a lower rate is not a measurement


def learn(known: Service | None, work: Work) -> Service | None:
    """Return the throughput of one worker after a piece of work that is enough to measure (`is_enough`)."""
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
    """Return whether the work is enough to measure: few long jobs in a short time are chance."""
    return work.busy >= FEWEST_BUSY_SECONDS and (work.handled >= FEWEST_MESSAGES or work.busy >= LONGEST_BUSY_SECONDS)


def busy_part(work: Work) -> float:
    """Return the utilisation of the workers, from 0 to 1."""
    return min(1.0, max(0.0, work.busy) / work.seconds) if work.seconds > 0 else 0.0


def work_between(before: Lag, after: Lag, workers: int, seconds: float) -> Work | None:
    """Return the work of a group between two counts of offsets, for workers that do not report; None if it is unclear.

    Only partitions with a backlog larger than the work done, at both counts, kept a worker busy the whole time.
    """
    pairs = list(zip(before.each, after.each, strict=True))
    done = sum(max(0, found.committed - was.committed) for was, found in pairs)
    backlogged = [(was, found) for was, found in pairs if min(was.lag, found.lag) > found.committed - was.committed > 0]
    if not backlogged or workers < 1 or min(before.messages, after.messages) < done:
        return None
    at_work = min(workers, len(backlogged))
    return Work(done, at_work * seconds, at_work * seconds)
