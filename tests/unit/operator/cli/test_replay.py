"""An execution is decided again by the operator's own core; what comes out differently is told, with an exit code."""

import json
from typing import Any

import pytest

from photo_operator.cluster.fake import FakeCluster
from photo_operator.cluster.kinds import Kind
from photo_operator.crds.execution import Phase
from photo_operator.crds.runbook import Runbook
from tests.support.runbook_world import RunbookWorld
from tests.unit.operator.cli.conftest import Call

ALERT = "FeedCacheDown"


@pytest.fixture
async def recorded(cluster: FakeCluster, runbooks: dict[str, Runbook]) -> dict[str, Any]:
    """A whole incident as an operator recorded it."""
    world = RunbookWorld(runbooks)
    await world.passes(1)
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    await world.until(Phase.SUCCEEDED)
    found = next(held for (kind, *_), held in world.cluster.objects.items() if kind is Kind.EXECUTION)
    cluster.put(Kind.EXECUTION, found)
    return cluster.objects[(Kind.EXECUTION, "photos", found["metadata"]["name"])]


def test_the_same_decisions_come_out(call: Call, recorded: dict[str, Any]) -> None:
    name, decisions = recorded["metadata"]["name"], len(recorded["status"]["journal"])
    result = call("replay", name)
    assert (result.exit_code, result.stdout) == (0, f"✓ {name}: {decisions} decisions, 0 differ\n")


def test_another_input_is_another_decision(call: Call, recorded: dict[str, Any]) -> None:
    planned = next(entry for entry in recorded["status"]["journal"] if entry["phase"] == "Planned")
    planned["inputs"]["readings"]["feedCacheLost"] = 0
    result = call("replay", recorded["metadata"]["name"], "-o", "json")
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert not answer["same"]
    assert "Planned" in answer["differences"][0]["recorded"]


def test_an_execution_without_inputs_cannot_be_decided_again_and_says_why(call: Call) -> None:
    result = call("replay", "demo-feedcachedown-1")
    assert result.exit_code == 2
    assert "recorded by a version with other inputs" in result.stderr


def test_inputs_that_are_not_understood_are_told(call: Call, recorded: dict[str, Any]) -> None:
    recorded["status"]["journal"][0]["inputs"]["readings"] = {"moonPhase": 1}
    result = call("replay", recorded["metadata"]["name"])
    assert result.exit_code == 2
    assert "recorded by a version with other inputs" in result.stderr
