"""The decisions of the script that forms and heals the Redis Cluster of charts/engines."""

import dataclasses
import importlib.util
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

FILES = Path(__file__).parents[4] / "charts/engines/files"


def load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


load(FILES / "shared/pods.py")
membership = load(FILES / "redis-membership/membership.py")
RANGES = ((0, 5461), (5462, 10923), (10924, 16383))


def slots(index: int) -> frozenset[int]:
    return frozenset(range(RANGES[index][0], RANGES[index][1] + 1))


def peer(node: str, master: str | None = None, owned: frozenset[int] = frozenset(), *flags: str) -> Any:
    return membership.Peer(node, f"10.0.0.{node[1:]}", frozenset(flags), master, True, owned)


def cluster_view() -> dict[str, Any]:
    """Members n0 to n2 own the three ranges, n3 to n5 replicate them."""
    owners = {f"n{i}": peer(f"n{i}", None, slots(i)) for i in range(3)}
    return owners | {f"n{i}": peer(f"n{i}", f"n{i - 3}") for i in range(3, 6)}


def member(ordinal: int, view: Mapping[str, Any], node: str | None = None) -> Any:
    node = node or f"n{ordinal}"
    return membership.Member(ordinal, f"10.0.0.{node[1:]}", node, view)


def decide(members: list[Any], broken_for: float = 0.0) -> list[tuple[int, tuple[str, ...]]]:
    observed = membership.Observed(tuple(members), 6, broken_for)
    return [(command.ordinal, command.words) for command in membership.decide(observed)]


def whole() -> list[Any]:
    return [member(i, cluster_view()) for i in range(6)]


def replace(members: list[Any], gone: str, new: str) -> list[Any]:
    """The pod of `gone` came back with an empty volume as `new`; everybody has met it."""
    met = [member(m.ordinal, {**m.view, new: peer(new)}, m.node_id) for m in members if m.node_id != gone]
    view = dict(met[0].view)
    return sorted([*met, member(int(gone[1:]), view, new)], key=lambda m: m.ordinal)


def test_a_whole_cluster_is_left_alone() -> None:
    assert decide(whole()) == []


def test_blank_members_are_introduced_and_given_the_slots_at_once() -> None:
    commands = decide([member(i, {f"n{i}": peer(f"n{i}")}) for i in range(6)])

    assert [words for _, words in commands if words[0] == "MEET"] != []
    assert [(o, w) for o, w in commands if w[0] != "MEET"] == [
        (i, ("ADDSLOTSRANGE", str(first), str(last))) for i, (first, last) in enumerate(RANGES)
    ]


def test_nothing_is_given_away_while_a_member_is_missing() -> None:
    assert all(words[0] == "MEET" for _, words in decide([member(i, {f"n{i}": peer(f"n{i}")}) for i in range(5)]))


def test_acquainted_masters_of_nothing_replicate_an_owner_each() -> None:
    view = {node: p for node, p in cluster_view().items() if p.slots} | {f"n{i}": peer(f"n{i}") for i in range(3, 6)}

    assert decide([member(i, view) for i in range(6)]) == [(i, ("REPLICATE", f"n{i - 3}")) for i in range(3, 6)]


def test_a_member_at_a_new_address_is_introduced_to_those_who_have_the_old_one() -> None:
    members = whole()
    moved = membership.Member(5, "10.0.0.99", "n5", members[5].view)

    assert decide([*members[:5], moved]) == [(i, ("MEET", "10.0.0.99", "6379")) for i in range(5)]


def test_a_wiped_replica_takes_its_old_place_and_the_old_identity_is_forgotten() -> None:
    commands = decide(replace(whole(), "n5", "n9"))

    assert commands[0] == (5, ("REPLICATE", "n2"))
    assert set(commands[1:]) == {(i, ("FORGET", "n5")) for i in range(6)}


def test_the_replica_of_a_wiped_master_is_left_time_for_an_election_then_promoted() -> None:
    members = replace(whole(), "n0", "n9")

    assert decide(members, broken_for=1.0) == []
    assert decide(members, broken_for=60.0) == [(3, ("FAILOVER", "TAKEOVER"))]


def test_slots_without_an_heir_begin_empty_on_a_blank_member() -> None:
    members = replace(replace(whole(), "n3", "n8"), "n0", "n9")

    commands = decide(members, broken_for=60.0)

    assert (1, ("FORGET", "n0")) in commands
    assert commands[-1] == (0, ("ADDSLOTSRANGE", "0", "5461"))


@given(st.sets(st.integers(0, membership.SLOTS - 1), min_size=1))
def test_spans_name_exactly_the_slots(wanted: set[int]) -> None:
    bounds = [int(bound) for bound in membership.spans(sorted(wanted))]
    pairs = list(zip(bounds[::2], bounds[1::2], strict=True))

    assert {slot for first, last in pairs for slot in range(first, last + 1)} == wanted
    assert all(before[1] + 1 < after[0] for before, after in pairwise(pairs))


def test_a_line_of_cluster_nodes_is_read() -> None:
    line = "abc 10.0.0.1:6379@16379,redis-0.redis myself,master - 0 17 3 connected 0-2 7 [9->-def] [11-<-def]"

    assert membership.parse_node(line) == membership.Peer(
        "abc", "10.0.0.1", frozenset({"myself", "master"}), None, True, frozenset({0, 1, 2, 7}), {11: "def"}
    )


def importing(source: str) -> list[Any]:
    """Member n0 was about to take slot 6000, which n1 owns, from somebody."""
    itself = dataclasses.replace(peer("n0", None, slots(0)), imports={6000: source})
    return [member(0, {**cluster_view(), "n0": itself}), *whole()[1:]]


def test_a_move_of_a_slot_that_goes_on_is_left_alone() -> None:
    assert decide(importing("n1")) == []


def test_a_move_of_a_slot_that_its_source_lost_meanwhile_is_ended_and_leaves_no_keys() -> None:
    observed = membership.Observed(tuple(importing("n4")), 6)
    assert membership.decide(observed) == [
        membership.Command(0, ("SETSLOT", "6000", "NODE", "n1")),
        membership.Command(0, ("SETSLOT", "6000", "STABLE"), empties=6000),
    ]


def test_a_member_that_owns_what_it_imports_keeps_the_keys() -> None:
    itself = dataclasses.replace(peer("n0", None, slots(0)), imports={6: "n4"})
    assert decide([member(0, {**cluster_view(), "n0": itself}), *whole()[1:]]) == [(0, ("SETSLOT", "6", "STABLE"))]
