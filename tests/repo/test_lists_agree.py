"""What one list names, the others name too."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from photo_core.messages.topics import SUBSCRIPTIONS, TOPICS, Topic
from photo_operator.components.catalog import DEPLOYED, Component
from photo_operator.crds import runbook as model
from photo_operator.crds.execution import ApprovalStatus, EntryKind, ExecutionStatus, JournalEntry, Needed, Phase
from photo_operator.crds.execution import Shadow as ShadowScore
from photo_operator.crds.platform import RemediationMode
from photo_operator.signals import Signal
from photo_workers.registry import WORKERS, ConsumerWorker

NO_WORKERS = {Component.API, Component.PROVISION}


def test_the_operator_deploys_exactly_the_registered_workers() -> None:
    assert {worker.name for worker in WORKERS} == {c.value for c in Component if c not in NO_WORKERS}


def test_every_subscription_has_its_worker_and_every_consumer_its_subscription() -> None:
    consumed = {(worker.topic, worker.group) for worker in WORKERS if isinstance(worker, ConsumerWorker)}
    assert consumed == set(SUBSCRIPTIONS)


def test_whoever_obeys_the_runtime_policy_may_watch_it() -> None:
    obeying = {worker.name for worker in WORKERS if worker.obeys_policy}
    assert {spec.component.value for spec in DEPLOYED if spec.watches_policy} == obeying | {Component.API.value}


def test_every_topic_is_created() -> None:
    assert {spec.topic for spec in TOPICS} == set(Topic)


CRDS = Path(__file__).parents[2] / "charts/photoplatform-crds/templates"


def crd(plural: str) -> Any:
    found = yaml.safe_load((CRDS / f"{plural}.yaml").read_text())
    return found["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]


def enums(schema: Any, path: str = "") -> Iterator[tuple[str, set[str]]]:
    if "enum" in schema:
        yield path, set(schema["enum"])
    for name, field in schema.get("properties", {}).items():
        yield from enums(field, f"{path}.{name}")
    if "items" in schema:
        yield from enums(schema["items"], f"{path}[]")


def fields(struct: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(struct)}


def schema_of(schema: Any, path: str) -> set[str]:
    for part in path.split("."):
        schema = schema["items"] if part == "[]" else schema["properties"][part]
    return set(schema["properties"])


@pytest.mark.parametrize(
    ("ends", "closed"),
    [
        ("signal", Signal),
        ("action", model.Action),
        ("leg", model.Leg),
        ("mode", model.FeedModeName),
        ("require", model.Require),
        ("otherwise", model.Otherwise),
        ("targets[]", model.GuardedTarget),
        ("component", model.RunbookComponent),
    ],
)
def test_a_runbook_may_name_exactly_what_the_operator_knows(ends: str, closed: type[StrEnum]) -> None:
    found = {path: values for path, values in enums(crd("runbooks")["spec"]) if path.endswith(f".{ends}")}
    assert found
    assert {path: values ^ set(closed) for path, values in found.items()} == {path: set() for path in found}


@pytest.mark.parametrize(
    ("path", "struct"),
    [
        ("", model.Runbook),
        ("steps.[]", model.Step),
        ("steps.[].parameters", model.Parameters),
        ("guards", model.Guards),
        ("recovery", model.Recovery),
        ("recovery.verification", model.Verification),
        ("trigger.anyOf.[]", model.Condition),
    ],
)
def test_a_runbook_has_the_same_fields_in_the_crd_and_in_the_model(path: str, struct: type[msgspec.Struct]) -> None:
    spec = crd("runbooks")["spec"]
    assert (set(spec["properties"]) if not path else schema_of(spec, path)) == fields(struct)


def test_the_crds_keep_all_that_an_execution_and_an_approval_say() -> None:
    status = crd("runbookexecutions")["status"]
    assert set(status["properties"]) == fields(ExecutionStatus)
    assert schema_of(status, "journal.[]") == fields(JournalEntry)
    assert schema_of(status, "shadow") == fields(ShadowScore)
    assert set(crd("runbookapprovals")["status"]["properties"]) == fields(ApprovalStatus)
    said = dict(enums(status))
    assert said[".phase"] == set(Phase)
    assert said[".mode"] == set(RemediationMode)
    assert said[".outcome"] == {"Succeeded", "Blocked", "Escalated", "Inconclusive"}
    assert said[".journal[].kind"] == set(EntryKind)
    assert said[".shadow.needed"] == set(Needed)
