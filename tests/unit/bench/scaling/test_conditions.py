from bench.scaling.conditions import build_conditions
from bench.scaling.world import Fault, FaultKind
from tests.unit.bench.scaling.scripted import small


def test_each_second_knows_its_pace_what_is_stuck_and_what_ails_the_offsets() -> None:
    faults = (
        Fault(FaultKind.SLOW_CONSUMERS, 1, 3, 0.5),
        Fault(FaultKind.STUCK_PARTITION, 2, 4, 3),
        Fault(FaultKind.OFFSETS_ABSURD, 4, 5, 7),
    )
    found = build_conditions(small((1.0,) * 6, faults=faults))
    assert found.pace == (1.0, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0)
    assert [set(stuck) for stuck in found.stuck] == [set(), set(), {3}, {3}, set(), set(), set()]
    assert found.offsets == {4: faults[2]}


def test_a_lost_broker_neither_serves_nor_tells() -> None:
    found = build_conditions(small((1.0,) * 3, faults=(Fault(FaultKind.BROKER_LOST_REFUSED, 1, 2),)))
    assert found.pace == (1.0, 0.0, 1.0, 1.0)
    assert {second: fault.kind for second, fault in found.offsets.items()} == {1: FaultKind.OFFSETS_MISSING}
