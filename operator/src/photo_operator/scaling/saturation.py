"""Whether more workers have done more, and how many to try no more for a while. Pure; called by `decide`.

What workers write to carries so much and no more. Beyond that each worker does less by as much as there are more of
them, or by more than that: it shows in what one does in a busy second, within seconds of a rise.
"""

from photo_operator.scaling.memory import settling_seconds
from photo_operator.scaling.model import Ceiling, Memory, Move, Observation
from photo_operator.scaling.need import rounded

FALLEN = 1.0  # what all do after more workers came, by what they did before: it did not rise at all
HELPFUL = 0.25  # more workers that raise it by less than this part of what they should have do not help
PLENTY_SECONDS = 5.0  # of work that waits: workers that do no more then have a reason
SURE_MESSAGES = 50  # since the move; a rate that was learned from fewer is as good as chance
MOSTLY_BUSY = 0.8  # of their time, workers do what they can
DOUBTFUL, LONGEST_DOUBT_SECONDS = 0.8, 30.0  # of what a worker did before a rise; for how long that is waited for
COMPARED_SECONDS = 300.0  # what fewer workers did longer ago says little
JUDGED_SECONDS = 24.0  # after the move has settled; later other things may have changed
CEILING_SECONDS, LONGEST_CEILING_SECONDS = 120.0, 960.0  # for how long no more workers are tried than have helped


def find_ceiling(seen: Observation, memory: Memory) -> Ceiling | None:
    """Return the ceiling that is known by now; it may have passed, and is then what a new one is compared with."""
    known = memory.ceiling
    if known is not None and seen.now < known.until:
        return known
    best = _best_of_fewer(seen, memory)
    if best is None or not _is_judged_now(seen, memory):
        return known
    return _compared(best, seen, memory) or known


def is_doubtful(seen: Observation, memory: Memory) -> bool:
    """Whether workers do much less each since the last rise, of which it is not known yet whether it helps."""
    last, service = memory.last, seen.service
    if last is None or not last.per_worker or service is None or seen.now - last.at > LONGEST_DOUBT_SECONDS:
        return False
    return last.after > last.before and service.per_worker < DOUBTFUL * last.per_worker


def _is_judged_now(seen: Observation, memory: Memory) -> bool:
    """Whether the last rise has settled, and all workers have enough to do."""
    last, service = memory.last, seen.service
    if last is None or last.done_at is None or last.after <= last.before or service is None:
        return False
    settled = seen.now - last.done_at - settling_seconds(memory)
    lagging = sum(flow.lag > 0 for flow in seen.flows or ())
    plenty = lagging >= last.after and seen.lag >= PLENTY_SECONDS * seen.throughput
    sure = service.handled - last.handled >= SURE_MESSAGES and service.busy >= MOSTLY_BUSY
    return plenty and sure and 0 <= settled <= JUDGED_SECONDS


def _best_of_fewer(seen: Observation, memory: Memory) -> Move | None:
    """Return the move of late before which fewer workers did most, of those that had enough to do."""
    lately = (move for move in memory.moves if seen.now - move.at < COMPARED_SECONDS and move.before < seen.replicas)
    return max((move for move in lately if move.did > 0), key=lambda move: move.did, default=None)


def _compared(best: Move, seen: Observation, memory: Memory) -> Ceiling | None:
    """Return a ceiling where more workers than at the best do no more, or not enough more."""
    last, service = memory.last, seen.service
    if last is None or service is None:
        return None
    did, expected = last.after * service.per_worker, last.after / best.before
    if not did / best.did < 1 + HELPFUL * (expected - 1):
        return None
    number = best.before if did / best.did < FALLEN else last.after
    why = f"{last.after} workers do {rounded(did):g}/s, {best.before} did {rounded(best.did):g}/s"
    return _lowered(memory.ceiling, number, why, seen.now)


def _lowered(before: Ceiling | None, number: int, why: str, now: float) -> Ceiling:
    """Return a new ceiling: for twice as long as the one before where that was found again soon after it had passed."""
    seconds = CEILING_SECONDS
    if before is not None and now - before.until < before.seconds:
        seconds = min(2 * before.seconds, LONGEST_CEILING_SECONDS)
    return Ceiling(number, now + seconds, why, seconds)
