"""Whether more workers achieved more, and the ceiling if they did not. Pure; called by `decide`.

The engines that workers write to have a limit. Beyond it each worker slows down at least in proportion to their number,
which shows in the throughput of one worker within seconds of a scale-up.
"""

from photo_operator.scaling.memory import settling_seconds
from photo_operator.scaling.model import Ceiling, Memory, Move, Observation
from photo_operator.scaling.need import rounded

FALLEN = 1.0  # capacity after a scale-up relative to before: below this it did not rise at all
HELPFUL = 0.25  # a rise of less than this part of the expected one does not count as help
PLENTY_SECONDS = 5.0  # of backlog: with less, workers may simply lack work
SURE_MESSAGES = 50  # since the move; a rate measured from fewer is noise
MOSTLY_BUSY = 0.8  # utilisation at which workers show their capacity
# throughput of a worker, relative to before a scale-up, that raises doubt; how long to wait for it to recover
DOUBTFUL, LONGEST_DOUBT_SECONDS = 0.8, 30.0
COMPARED_SECONDS = 300.0  # older measurements of fewer workers are not compared
JUDGED_SECONDS = 24.0  # after the move has settled; later the load may be another one
CEILING_SECONDS, LONGEST_CEILING_SECONDS = 120.0, 960.0  # how long a ceiling lasts


def find_ceiling(observation: Observation, memory: Memory) -> Ceiling | None:
    """Return the known ceiling. It may have expired: a new one is then compared with it."""
    known = memory.ceiling
    if known is not None and observation.now < known.until:
        return known
    best = _best_of_fewer(observation, memory)
    if best is None or not _is_judged_now(observation, memory):
        return known
    return _compared(best, observation, memory) or known


def is_doubtful(observation: Observation, memory: Memory) -> bool:
    """Return whether each worker does much less since the last scale-up, whose benefit is not known yet."""
    last, service = memory.last, observation.service
    if last is None or not last.per_worker or service is None or observation.now - last.at > LONGEST_DOUBT_SECONDS:
        return False
    return last.after > last.before and service.per_worker < DOUBTFUL * last.per_worker


def _is_judged_now(observation: Observation, memory: Memory) -> bool:
    """Return whether the last scale-up has settled and all workers have enough work to judge it."""
    last, service = memory.last, observation.service
    if last is None or last.done_at is None or last.after <= last.before or service is None:
        return False
    settled = observation.now - last.done_at - settling_seconds(memory)
    lagging = sum(flow.lag > 0 for flow in observation.flows or ())
    plenty = lagging >= last.after and observation.lag >= PLENTY_SECONDS * observation.throughput
    sure = service.handled - last.handled >= SURE_MESSAGES and service.busy >= MOSTLY_BUSY
    return plenty and sure and 0 <= settled <= JUDGED_SECONDS


def _best_of_fewer(observation: Observation, memory: Memory) -> Move | None:
    """Return the recent move before which fewer workers had the highest capacity."""
    lately = (
        move
        for move in memory.moves
        if observation.now - move.at < COMPARED_SECONDS and move.before < observation.replicas
    )
    return max((move for move in lately if move.capacity > 0), key=lambda move: move.capacity, default=None)


def _compared(best: Move, observation: Observation, memory: Memory) -> Ceiling | None:
    """Return a ceiling if the workers of now achieve no more, or not enough more, than the best smaller number."""
    last, service = memory.last, observation.service
    if last is None or service is None:
        return None
    did, expected = last.after * service.per_worker, last.after / best.before
    if not did / best.capacity < 1 + HELPFUL * (expected - 1):
        return None
    number = best.before if did / best.capacity < FALLEN else last.after
    why = f"{last.after} workers do {rounded(did):g}/s, {best.before} did {rounded(best.capacity):g}/s"
    return _lowered(memory.ceiling, number, why, observation.now)


def _lowered(before: Ceiling | None, number: int, why: str, now: float) -> Ceiling:
    """Return a new ceiling; it lasts twice as long if the former one was confirmed soon after it had expired."""
    seconds = CEILING_SECONDS
    if before is not None and now - before.until < before.seconds:
        seconds = min(2 * before.seconds, LONGEST_CEILING_SECONDS)
    return Ceiling(number, now + seconds, why, seconds)
