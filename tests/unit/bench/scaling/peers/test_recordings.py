from pathlib import Path

import msgspec
import pytest

from bench.scaling.peers.recordings import Disagreement, Recording, Subject, disagreements, read_recordings

# Worked out by hand from the rules: a threshold of 10 on 32 partitions, from one replica.
# 200 asks for 20, of which 5, then 10 are allowed; 105 is within a tenth of ten; then five minutes of 40 have to pass.
BY_HAND: dict[str, object] = {
    "source": "worked out by hand",
    "partitions": 32,
    "min": 1,
    "max": 20,
    "rows": [
        {"t": 0, "lag_total": 200, "current": 1, "desired": 5},
        {"t": 15, "lag_total": 200, "current": 5, "desired": 10},
        {"t": 30, "lag_total": 105, "current": 10, "desired": 10},
        {"t": 45, "current": 10, "desired": 10},
        {"t": 60, "lag_per_partition": [30, 10], "current": 10, "desired": 10},
        {"t": 310, "lag_total": 40, "current": 10, "desired": 10},
        {"t": 345, "lag_total": 40, "current": 10, "desired": 4},
    ],
}


def test_the_models_agree_with_a_sequence_worked_out_by_hand() -> None:
    assert disagreements(BY_HAND) == []


def test_a_disagreement_is_told_with_its_second() -> None:
    rows = [{"t": 0, "lag_total": 200, "current": 1, "desired": 4}]
    assert disagreements({**BY_HAND, "rows": rows}) == [Disagreement(0, 4, 5)]


def test_an_hpa_without_behavior_is_replayed_by_the_rules_for_it() -> None:
    rows = [{"t": 0, "lag_total": 200, "current": 1, "desired": 4}]
    assert disagreements({**BY_HAND, "behavior": None, "rows": rows}) == []


def test_what_keda_told_is_compared_where_it_was_noted() -> None:
    rows = [{"t": 0, "lag_total": 400, "metric": 400, "current": 1, "desired": 5}]
    assert disagreements({**BY_HAND, "rows": rows}) == [Disagreement(0, 400, 320, Subject.METRIC)]


# Failures: the syncs at 15, 30 and 45, and the poll at 40, which asks since the sync at 30 failed.
FAILING = [
    {"t": 0, "lag_total": 40, "metric": 40, "current": 4, "desired": 4},
    {"t": 15, "current": 4, "desired": 4},
    {"t": 30, "current": 4, "desired": 4},
    {"t": 45, "metric": 70, "current": 4, "desired": 7},
]


@pytest.mark.parametrize(("threshold", "found"), [(3, []), (4, [45, 45])])
def test_the_fallback_comes_after_failures_of_syncs_and_of_polls(threshold: int, found: list[float]) -> None:
    fallback = {"failure_threshold": threshold, "replicas": 7}
    recording = {**BY_HAND, "rows": FAILING, "fallback": fallback, "polled_at": 10}
    assert [one.t for one in disagreements(recording)] == found


def test_no_fallback_comes_while_kafka_is_not_reached() -> None:
    rows = [{"t": t, "current": 4, "desired": 4, "reached": False} for t in range(0, 300, 15)]
    seen = {"t": 300, "lag_total": 40, "metric": 40, "current": 4, "desired": 4}
    fallback = {"failure_threshold": 1, "replicas": 7}
    assert disagreements({**BY_HAND, "rows": [*rows, seen], "fallback": fallback}) == []


def test_a_field_that_nobody_knows_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="pods"):
        disagreements({**BY_HAND, "pods": 1})


def test_the_models_agree_with_everything_that_was_recorded() -> None:
    assert {name: disagreements(found) for name, found in read_recordings().items() if disagreements(found)} == {}


def test_something_was_recorded() -> None:
    assert {"step.json", "ramp-flap.json", "even.json", "failure.json", "fallback.json", "unreachable.json"} <= set(
        read_recordings()
    )


def test_recordings_are_read_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(msgspec.json.encode(BY_HAND))
    assert read_recordings(tmp_path) == {"a.json": msgspec.convert(BY_HAND, Recording)}
