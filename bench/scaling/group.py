"""A consumer group: who owns which partition, and what stops while that changes. Used by `simulation`.

`assign` and the pauses are pure; `ConsumerGroup` keeps owners and pauses. What pods and messages do is elsewhere.
"""

import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from bench.scaling.world import Group, GroupProtocol, to_ticks

Owners = list[int | None]
Pauses = dict[int, int]  # ticks that a partition stops


def assign(owners: Sequence[int | None], members: Sequence[int], leaving: Collection[int] = ()) -> Owners:
    """Return who owns which partition: as many each as can be, and as few moves as that takes.

    What brokers' uniform assignor and clients' cooperative-sticky one do. A leaving member keeps what it has and gets
    nothing; members beyond the number of partitions get none.
    """
    given = [owner if owner in leaving else None for owner in owners]
    free = [partition for partition, owner in enumerate(given) if owner is None]
    if not members:
        return given
    quotas = _quotas(owners, members, len(free))
    for partition in free:
        owner = owners[partition]
        if owner is not None and quotas.get(owner, 0) > 0:
            given[partition] = owner
            quotas[owner] -= 1
    short = iter([member for member in members for _ in range(quotas[member])])
    for partition in free:
        if given[partition] is None:
            given[partition] = next(short)
    return given


def _quotas(owners: Sequence[int | None], members: Sequence[int], partitions: int) -> dict[int, int]:
    """Return how many each member gets; who has most keeps one of those that cannot be divided."""
    each, rest = divmod(partitions, len(members))
    by_holding = sorted(members, key=lambda member: (-owners.count(member), member))
    return {member: each + (place < rest) for place, member in enumerate(by_holding)}


def pause_everything(group: Group, before: Owners, after: Owners, _: random.Random) -> Pauses:
    """Stop every partition, moved or not."""
    return dict.fromkeys(range(min(len(before), len(after))), to_ticks(group.pause_seconds))


def pause_moved(group: Group, before: Owners, after: Owners, _: random.Random) -> Pauses:
    """Stop what is moved, for as long as the whole group needs."""
    return dict.fromkeys(moved(before, after), to_ticks(group.pause_seconds))


def pause_by_member(group: Group, before: Owners, after: Owners, chance: random.Random) -> Pauses:
    """Stop what is moved until its new owner's next heartbeat."""
    heartbeats = {owner: to_ticks(chance.uniform(0.0, group.pause_seconds)) for owner in _receivers(before, after)}
    return {partition: heartbeats[after[partition]] for partition in moved(before, after)}


def moved(before: Owners, after: Owners) -> list[int]:
    """Return the partitions that have another owner."""
    return [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]


def _receivers(before: Owners, after: Owners) -> Iterable[int | None]:
    return dict.fromkeys(after[partition] for partition in moved(before, after))


PAUSERS: Mapping[GroupProtocol, Callable[[Group, Owners, Owners, random.Random], Pauses]] = {
    GroupProtocol.EAGER: pause_everything,
    GroupProtocol.COOPERATIVE: pause_moved,
    GroupProtocol.KIP848: pause_by_member,
}
# With these a change that comes while another is carried out waits for its end; KIP-848 knows no such barrier.
WITH_BARRIER = frozenset({GroupProtocol.EAGER, GroupProtocol.COOPERATIVE})


class ConsumerGroup:
    """Owners and pauses at one moment; ticks are those of the simulation."""

    def __init__(self, group: Group, partitions: int, members: Sequence[int]) -> None:
        self._group = group
        self.owners = assign([None] * partitions, members)
        self.paused_until = [0] * partitions
        self.rebalances = 0
        self._changed = False
        self._barrier = 0

    def change(self) -> None:
        """Note that somebody came or went."""
        self._changed = True

    def due(self) -> int | None:
        """Return the tick from which on a noted change can be carried out, or None without one."""
        return self._barrier if self._changed else None

    def release(self, member: int) -> None:
        """Leave the partitions of a member that is gone to nobody."""
        self.owners = [None if owner == member else owner for owner in self.owners]

    def rebalance(self, now: int, members: Sequence[int], leaving: Collection[int], chance: random.Random) -> list[int]:
        """Give the partitions out anew; return those that stop."""
        after = assign(self.owners, members, leaving)
        pauses = PAUSERS[self._group.protocol](self._group, self.owners, after, chance)
        for partition, ticks in pauses.items():
            self.paused_until[partition] = max(self.paused_until[partition], now + ticks)
        if self._group.protocol in WITH_BARRIER:
            self._barrier = now + to_ticks(self._group.pause_seconds)
        self.owners, self._changed = after, False
        self.rebalances += 1
        return list(pauses)
