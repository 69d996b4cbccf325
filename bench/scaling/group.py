"""A consumer group: the owners of partitions, and the pauses during a rebalance. Used by `simulation`.

`assign` and the pauses are pure; `ConsumerGroup` keeps owners and pauses. What pods and messages do is elsewhere.
"""

import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from bench.scaling.world import Group, GroupProtocol, to_ticks

Owners = list[int | None]
Pauses = dict[int, int]  # partition -> ticks for which it pauses


def assign(owners: Sequence[int | None], members: Sequence[int], leaving: Collection[int] = ()) -> Owners:
    """Return the owners of partitions: evenly distributed, with as few moves as possible.

    Like the uniform assignor of brokers and the cooperative-sticky assignor of clients. A leaving member keeps its
    partitions and gets no new ones; members beyond the number of partitions get none.
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
    """Return the number of partitions per member; members that own more keep the remainder."""
    each, rest = divmod(partitions, len(members))
    by_holding = sorted(members, key=lambda member: (-owners.count(member), member))
    return {member: each + (place < rest) for place, member in enumerate(by_holding)}


def pause_everything(group: Group, before: Owners, after: Owners, _: random.Random) -> Pauses:
    """Pause every partition (eager protocol)."""
    return dict.fromkeys(range(min(len(before), len(after))), to_ticks(group.pause_seconds))


def pause_moved(group: Group, before: Owners, after: Owners, _: random.Random) -> Pauses:
    """Pause moved partitions until the whole group has rebalanced (cooperative protocol)."""
    return dict.fromkeys(moved(before, after), to_ticks(group.pause_seconds))


def pause_by_member(group: Group, before: Owners, after: Owners, chance: random.Random) -> Pauses:
    """Pause each moved partition until the next heartbeat of its new owner (KIP-848)."""
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
# In these protocols a change during a rebalance waits for its end; KIP-848 has no such barrier.
WITH_BARRIER = frozenset({GroupProtocol.EAGER, GroupProtocol.COOPERATIVE})


class ConsumerGroup:
    """Owners and pauses at one tick of the simulation."""

    def __init__(self, group: Group, partitions: int, members: Sequence[int]) -> None:
        self._group = group
        self.owners = assign([None] * partitions, members)
        self.paused_until = [0] * partitions
        self.rebalances = 0
        self._changed = False
        self._barrier = 0

    def change(self) -> None:
        """Record that a member joined or left."""
        self._changed = True

    def due(self) -> int | None:
        """Return the earliest tick of the next rebalance, or None if no change is recorded."""
        return self._barrier if self._changed else None

    def release(self, member: int) -> None:
        """Remove the owner of the partitions of a member that is gone."""
        self.owners = [None if owner == member else owner for owner in self.owners]

    def rebalance(self, now: int, members: Sequence[int], leaving: Collection[int], chance: random.Random) -> list[int]:
        """Assign the partitions again; return those that pause."""
        after = assign(self.owners, members, leaving)
        pauses = PAUSERS[self._group.protocol](self._group, self.owners, after, chance)
        for partition, ticks in pauses.items():
            self.paused_until[partition] = max(self.paused_until[partition], now + ticks)
        if self._group.protocol in WITH_BARRIER:
            self._barrier = now + to_ticks(self._group.pause_seconds)
        self.owners, self._changed = after, False
        self.rebalances += 1
        return list(pauses)
