"""What the scaler learns from its moves: start time of workers, cost of a rebalance, reversals. Pure.

`remember` is called after each decision with its inputs; `decide` only reads the memory.
"""

from msgspec.structs import replace

from photo_operator.scaling.model import Decision, Memory, Move, Observation
from photo_operator.scaling.service import SATURATED

MOVES_SECONDS = 1800.0  # older moves are forgotten
STABILIZATION_SECONDS, LONGEST_STABILIZATION_SECONDS = (
    30.0,
    300.0,
)  # how long fewer workers must be enough before a scale-down
REVERSAL_SECONDS = 300.0  # a scale-up so soon after a scale-down reverts it
LEARNING = 0.5  # weight of the newest measurement of a move
LONGEST_START_SECONDS = 60.0  # a longer start is a fault and not learned from
LONGEST_LOSS_SECONDS = 30.0


def stabilization_seconds(memory: Memory) -> float:
    """Return how long fewer workers must be enough: doubled for each recent scale-down that had to be reverted."""
    pairs = zip(memory.moves, memory.moves[1:], strict=False)
    reversals = sum(
        first.after < first.before and second.after > second.before and second.at - first.at < REVERSAL_SECONDS
        for first, second in pairs
    )
    return min(STABILIZATION_SECONDS * 2.0 ** min(reversals, 10), LONGEST_STABILIZATION_SECONDS)


def is_settling(memory: Memory, now: float) -> bool:
    """Return whether the effect of the last move cannot be seen yet."""
    last = memory.last
    if last is None:
        return False
    if last.done_at is None:
        return now - last.at < LONGEST_START_SECONDS
    return now - last.done_at < settling_seconds(memory)


def settling_seconds(memory: Memory) -> float:
    """Return how long after its workers are ready the effect of a move shows."""
    return 2.5 + memory.rebalance_seconds


def remember(memory: Memory, observation: Observation, decision: Decision, *, moved: bool) -> Memory:
    """Return the memory after a decision.

    Args:
        memory: the memory before it.
        observation: the input of the decision.
        decision: the decision.
        moved: whether the number was really changed; a pause or a refused write may have prevented it.
    """
    wanted = (*memory.wanted, (observation.now, decision.wanted))
    after = replace(
        _measured(memory, observation),
        wanted=tuple((at, number) for at, number in wanted if observation.now - at <= LONGEST_STABILIZATION_SECONDS),
        ceiling=decision.ceiling,
        observed_at=observation.now,
    )
    return _moved(after, observation, decision.replicas) if moved else after


def _moved(memory: Memory, observation: Observation, replicas: int) -> Memory:
    # only a saturated group with more than a second of backlog shows what its workers can do
    service = observation.service
    if service is not None and service.busy >= SATURATED and observation.lag > observation.throughput > 0:
        move = Move(observation.now, observation.replicas, replicas, throughput=observation.throughput)
        move = replace(move, per_worker=service.per_worker, handled=service.handled)
    else:
        move = Move(observation.now, observation.replicas, replicas)
    kept = tuple(found for found in memory.moves if observation.now - found.at <= MOVES_SECONDS)
    return replace(memory, moves=(*kept, move))


def _measured(memory: Memory, observation: Observation) -> Memory:
    """Return the memory with what the last move has taught so far."""
    last = memory.last
    if last is None or last.learned:
        return memory
    last = _with_losses(last, observation, memory.observed_at)
    if last.done_at is None:
        return _awaited(memory, last, observation)
    if observation.now - last.done_at < settling_seconds(memory):
        return _with_last(memory, last)
    cost = memory.rebalance_seconds if last.throughput is None else _learned(memory.rebalance_seconds, last.lost)
    return replace(_with_last(memory, replace(last, learned=True)), rebalance_seconds=cost)


def _with_last(memory: Memory, last: Move) -> Memory:
    return replace(memory, moves=(*memory.moves[:-1], last))


def _awaited(memory: Memory, last: Move, observation: Observation) -> Memory:
    """Record when the workers of a move are ready."""
    if not observation.ready == observation.replicas == last.after:
        return _with_last(memory, last)
    after = _with_last(memory, replace(last, done_at=observation.now))
    if last.after < last.before:
        return after
    took = min(observation.now - last.at, LONGEST_START_SECONDS)
    return replace(after, start_seconds=_learned(memory.start_seconds, took))


def _with_losses(last: Move, observation: Observation, observed_at: float | None) -> Move:
    """Add the work that was lost since the move while messages were waiting."""
    if last.throughput is None or not observation.lag or observed_at is None:
        return last
    part = max(0.0, 1.0 - observation.throughput / last.throughput)
    return replace(last, lost=min(last.lost + part * max(0.0, observation.now - observed_at), LONGEST_LOSS_SECONDS))


def _learned(known: float, measured: float) -> float:
    return known + LEARNING * (measured - known)
