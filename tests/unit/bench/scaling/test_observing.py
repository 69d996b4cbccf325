from bench.scaling.load import build_load
from bench.scaling.observing import Observer, OffsetReading, read_offsets
from bench.scaling.scaler import Offsets
from bench.scaling.world import Fault, FaultKind
from tests.unit.bench.scaling.scripted import small

EARLIER = Offsets((10, 10), (5, 5), (1.0, 1.0))
LATER = Offsets((20, 20), (5, 15), (9.0, 0.5))


def distorted(kind: FaultKind, value: float = 0.0) -> OffsetReading:
    observer = Observer()
    observer.read(EARLIER, None, 100.0)
    return observer.read(LATER, Fault(kind, 100, 200, value), 108.0)


def test_offsets_are_whole_messages_and_ages_are_of_what_waits_longest() -> None:
    load = build_load(small((20.0,) * 4, partitions=2))
    assert read_offsets(load, (25.5, 30.0), (15.0, 30.0), 3.0) == Offsets((25, 30), (15, 30), (1.5, 0.0))


def test_without_a_fault_the_truth_is_told() -> None:
    assert Observer().read(LATER, None, 1.0) == OffsetReading(LATER)


def test_missing_offsets_are_none_of_a_known_age() -> None:
    assert distorted(FaultKind.OFFSETS_MISSING) == OffsetReading(None, 8.0)


def test_stale_offsets_are_those_of_before_and_their_age_shows() -> None:
    assert distorted(FaultKind.OFFSETS_STALE) == OffsetReading(EARLIER, 8.0)


def test_negative_offsets_have_more_committed_than_produced() -> None:
    found = distorted(FaultKind.OFFSETS_NEGATIVE, 3).offsets
    assert found is not None
    assert found.committed == (23, 23)


def test_absurd_offsets_have_more_produced_than_there_can_be() -> None:
    found = distorted(FaultKind.OFFSETS_ABSURD, 1000).offsets
    assert found is not None
    assert found.produced == (1020, 1020)
