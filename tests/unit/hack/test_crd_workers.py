from typing import Any

import msgspec
import pytest
import yaml

from hack import crd_workers
from hack.crd_workers import SPEC, crd_with_workers, worker_schema
from hack.generate import PLATFORMS_CRD
from photo_operator.components.catalog import SCALED, WORKERS, WorkerRecord
from photo_operator.crds.platform import Replicas

TEXT = PLATFORMS_CRD.read_text()
KNOB = {"type": "integer", "description": "A property of this worker alone."}


def spec_of(text: str) -> Any:
    found = yaml.load(text, yaml.CSafeLoader)
    for step in SPEC:
        found = found[step]
    return found


def with_records(monkeypatch: pytest.MonkeyPatch, *workers: WorkerRecord) -> str:
    monkeypatch.setattr(crd_workers, "WORKERS", workers)
    return crd_with_workers(TEXT)


def renamed(worker: WorkerRecord, **changed: Any) -> WorkerRecord:
    """A record of a worker that the CRD has no block of."""
    return msgspec.structs.replace(worker, **changed)


def test_the_committed_crd_says_what_the_records_say() -> None:
    assert crd_with_workers(TEXT) == TEXT


@pytest.mark.parametrize("worker", [SCALED[0], WORKERS[-1]], ids=["scaled", "fixed"])
def test_a_new_worker_gets_a_block_and_everything_else_stays(
    monkeypatch: pytest.MonkeyPatch, worker: WorkerRecord
) -> None:
    new = renamed(worker, component="post-meter", description="Count posts.")
    before, after = spec_of(TEXT), spec_of(with_records(monkeypatch, *WORKERS, new))
    assert after["workers"]["properties"].pop("postMeter") == worker_schema(new, before)
    assert after == before


def test_a_worker_that_is_no_longer_scaled_loses_the_properties_of_scaling(monkeypatch: pytest.MonkeyPatch) -> None:
    fixed = WorkerRecord(
        component=WORKERS[0].component, description="Write posts.", engines=(), replicas=Replicas(2, 3)
    )
    block = spec_of(with_records(monkeypatch, fixed))["workers"]["properties"]["fanout"]
    assert set(block["properties"]) == {"replicas", "resources"}
    assert block["properties"]["replicas"]["default"] == {"min": 2, "max": 3}


def test_properties_of_a_worker_alone_are_kept() -> None:
    spec = spec_of(TEXT)
    spec["workers"]["properties"]["purge"]["properties"]["olderThanDays"] = KNOB
    (purge,) = [worker for worker in WORKERS if worker.name == "purge"]
    assert worker_schema(purge, spec)["properties"]["olderThanDays"] == KNOB


def test_the_schemas_shared_with_maintenance_windows_speak_of_events() -> None:
    properties = worker_schema(SCALED[0], spec_of(TEXT))["properties"]["scheduledEvents"]["items"]["properties"]
    assert [name for name, schema in properties.items() if "event" not in schema["description"]] == []


def test_a_changed_block_takes_the_place_of_the_former_one(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = renamed(WORKERS[0], description="Write posts into feeds.")
    text = with_records(monkeypatch, changed)
    assert list(spec_of(text)["workers"]["properties"]) == list(spec_of(TEXT)["workers"]["properties"])
    assert len(text.splitlines()) == pytest.approx(len(TEXT.splitlines()), abs=20)
