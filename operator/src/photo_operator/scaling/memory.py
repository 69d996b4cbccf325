"""What is learned from decisions: how long workers take to come, what a move costs, whether it helped. Pure.

`remember` is called after each decision with what it was made from; `decide` reads the memory and changes nothing.
"""

from msgspec.structs import replace

from photo_operator.scaling.model import Decision, Memory, Move, Observation
from photo_operator.scaling.service import SATURATED

MOVES_SECONDS = 1800.0  # an older move teaches nothing about how long to wait
CALM_SECONDS, LONGEST_CALM_SECONDS = 30.0, 300.0  # fewer workers must do for so long before any is taken away
REGRET_SECONDS = 300.0  # a number that rises again so soon should not have fallen
LEARNING = 0.5  # weight of the newest measurement of a move
LONGEST_START_SECONDS = 60.0  # workers that take longer are in trouble, which says nothing of the next
LONGEST_LOSS_SECONDS = 30.0


def calm_seconds(memory: Memory) -> float:
    """Return for how long fewer workers must do: twice as long for each fall that was taken back of late."""
    pairs = zip(memory.moves, memory.moves[1:], strict=False)
    regrets = sum(
        first.after < first.before and second.after > second.before and second.at - first.at < REGRET_SECONDS
        for first, second in pairs
    )
    return min(CALM_SECONDS * 2.0 ** min(regrets, 10), LONGEST_CALM_SECONDS)


def is_settling(memory: Memory, now: float) -> bool:
    """Whether the last move is too recent for its effect to be seen."""
    last = memory.last
    if last is None:
        return False
    if last.done_at is None:
        return now - last.at < LONGEST_START_SECONDS
    return now - last.done_at < settling_seconds(memory)


def settling_seconds(memory: Memory) -> float:
    """Return how long after its workers are there the effect of a move is seen."""
    return 2.5 + memory.rebalance_seconds


def remember(memory: Memory, seen: Observation, decision: Decision, *, moved: bool) -> Memory:
    """Return the memory after a decision.

    Args:
        memory: before it.
        seen: what it was made from.
        decision: what was decided.
        moved: whether the number of workers was changed so; a pause or a refusal may have kept it.
    """
    wanted = (*memory.wanted, (seen.now, decision.wanted))
    after = replace(
        _measured(memory, seen),
        wanted=tuple((at, number) for at, number in wanted if seen.now - at <= LONGEST_CALM_SECONDS),
        ceiling=decision.ceiling,
        looked_at=seen.now,
    )
    return _moved(after, seen, decision.replicas) if moved else after


def _moved(memory: Memory, seen: Observation, replicas: int) -> Memory:
    # more than a second's work for workers that had no time left
    service = seen.service
    if service is not None and service.busy >= SATURATED and seen.lag > seen.throughput > 0:
        move = Move(seen.now, seen.replicas, replicas, throughput=seen.throughput)
        move = replace(move, per_worker=service.per_worker, handled=service.handled)
    else:
        move = Move(seen.now, seen.replicas, replicas)
    kept = tuple(found for found in memory.moves if seen.now - found.at <= MOVES_SECONDS)
    return replace(memory, moves=(*kept, move))


def _measured(memory: Memory, seen: Observation) -> Memory:
    """Return what the last move has taught by now."""
    last = memory.last
    if last is None or last.learned:
        return memory
    last = _with_losses(last, seen, memory.looked_at)
    if last.done_at is None:
        return _awaited(memory, last, seen)
    if seen.now - last.done_at < settling_seconds(memory):
        return _with_last(memory, last)
    cost = memory.rebalance_seconds if last.throughput is None else _learned(memory.rebalance_seconds, last.lost)
    return replace(_with_last(memory, replace(last, learned=True)), rebalance_seconds=cost)


def _with_last(memory: Memory, last: Move) -> Memory:
    return replace(memory, moves=(*memory.moves[:-1], last))


def _awaited(memory: Memory, last: Move, seen: Observation) -> Memory:
    """Look whether the workers of a move are there."""
    if not seen.ready == seen.replicas == last.after:
        return _with_last(memory, last)
    after = _with_last(memory, replace(last, done_at=seen.now))
    if last.after < last.before:
        return after
    took = min(seen.now - last.at, LONGEST_START_SECONDS)
    return replace(after, start_seconds=_learned(memory.start_seconds, took))


def _with_losses(last: Move, seen: Observation, looked_at: float | None) -> Move:
    """Add up what was not done since the move although it waited."""
    if last.throughput is None or not seen.lag or looked_at is None:
        return last
    part = max(0.0, 1.0 - seen.throughput / last.throughput)
    return replace(last, lost=min(last.lost + part * max(0.0, seen.now - looked_at), LONGEST_LOSS_SECONDS))


def _learned(known: float, measured: float) -> float:
    return known + LEARNING * (measured - known)
