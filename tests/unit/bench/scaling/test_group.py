import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scaling.group import ConsumerGroup, Owners, assign, moved
from bench.scaling.world import Group, GroupProtocol

CHANCE = random.Random(1)
partitions = st.integers(1, 40)
members = st.lists(st.integers(1, 50), min_size=1, max_size=45, unique=True)


@given(partitions, members, members)
def test_partitions_are_spread_evenly_and_members_beyond_their_number_get_none(
    count: int, before: list[int], after: list[int]
) -> None:
    owners = assign(assign([None] * count, before), after)
    held = Counter(owners)
    assert sum(held.values()) == count
    assert None not in held
    assert max(held.values()) - min(held[member] for member in after) <= 1
    assert len(held) == min(count, len(after))


@given(partitions, members, st.integers(100, 105))
def test_only_what_a_new_member_gets_is_moved(count: int, before: list[int], newcomer: int) -> None:
    owners = assign([None] * count, before)
    after = assign(owners, [*before, newcomer])
    assert {after[place] for place in moved(owners, after)} <= {newcomer}


@given(partitions, members)
def test_a_leaving_member_keeps_its_own_and_gets_nothing(count: int, before: list[int]) -> None:
    owners = assign([None] * count, before)
    leaving = {before[0]}
    after = assign(owners, before[1:], leaving)
    assert [place for place, owner in enumerate(after) if owner in leaving] == [
        place for place, owner in enumerate(owners) if owner in leaving
    ]


def test_without_members_nobody_owns_anything() -> None:
    assert assign([1, 1], []) == [None, None]


def after_a_second_member(protocol: GroupProtocol) -> tuple[ConsumerGroup, Owners]:
    group = ConsumerGroup(Group(protocol, 6.0), 4, [1])
    before = group.owners
    group.change()
    group.rebalance(100, [1, 2], (), CHANCE)
    return group, before


@pytest.mark.parametrize(
    ("protocol", "stopped"), [(GroupProtocol.EAGER, [0, 1, 2, 3]), (GroupProtocol.COOPERATIVE, [2, 3])]
)
def test_a_barrier_stops_all_or_what_is_moved(protocol: GroupProtocol, stopped: list[int]) -> None:
    group, before = after_a_second_member(protocol)
    assert [place for place in range(4) if group.paused_until[place] == 160] == stopped
    assert moved(before, group.owners) == [2, 3]
    assert group.rebalances == 1


def test_by_kip_848_what_is_moved_stops_until_the_heartbeat_of_its_new_member() -> None:
    group, _ = after_a_second_member(GroupProtocol.KIP848)
    assert group.paused_until[:2] == [0, 0]
    assert group.paused_until[2] == group.paused_until[3]
    assert 100 <= group.paused_until[2] <= 160


@pytest.mark.parametrize(
    ("protocol", "due"),
    [(GroupProtocol.EAGER, 160), (GroupProtocol.COOPERATIVE, 160), (GroupProtocol.KIP848, 0)],
)
def test_the_next_change_waits_behind_a_barrier_where_there_is_one(protocol: GroupProtocol, due: int) -> None:
    group, _ = after_a_second_member(protocol)
    assert group.due() is None
    group.change()
    assert group.due() == due


def test_what_a_gone_member_had_belongs_to_nobody_until_the_next_rebalance() -> None:
    group, _ = after_a_second_member(GroupProtocol.COOPERATIVE)
    group.release(2)
    assert group.owners == [1, 1, None, None]
