"""A journal is decided again from its own inputs, and a decision that differs is told."""

from typing import Any

import msgspec
import pytest

from photo_operator.cluster.kinds import Kind
from photo_operator.crds.execution import Phase, decode_execution
from photo_operator.runbooks.replay import replay
from tests.support.runbook_world import RunbookWorld

ALERT = "FeedCacheDown"


@pytest.fixture
async def manifest(world: RunbookWorld) -> dict[str, Any]:
    """A whole incident, as the API server has it."""
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    await world.until(Phase.SUCCEEDED)
    found: dict[str, Any] = next(held for (kind, *_), held in world.cluster.objects.items() if kind is Kind.EXECUTION)
    return found


def test_what_was_decided_is_decided_again(manifest: dict[str, Any]) -> None:
    assert len(manifest["status"]["journal"]) > 20
    assert replay(manifest) == ()


def test_another_input_is_another_decision(manifest: dict[str, Any]) -> None:
    planned = next(entry for entry in manifest["status"]["journal"] if entry["phase"] == "Planned")
    planned["inputs"]["readings"]["feedCacheLost"] = 0
    differences = replay(manifest)
    assert differences[0].recorded.startswith("2026-01-01T00:00:01Z Planned Transition")
    assert differences[0].decided == "nothing"


def test_a_status_that_no_journal_explains_is_told(manifest: dict[str, Any]) -> None:
    manifest["status"]["effective"] = False
    found = replay(manifest)
    assert [difference.number for difference in found] == [0]
    assert "effective=False" in found[0].recorded
    assert "effective=True" in found[0].decided


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ({"phase": "Succeeded", "endedAt": "2026-01-01T00:00:00Z"}, Phase.SUCCEEDED),
        ({"phase": "Blocked", "endedAt": "2026-01-01T00:00:00Z"}, Phase.INCONCLUSIVE),
        ({"phase": "VerifyingRecovery"}, None),
    ],
)
def test_what_an_older_operator_left_is_ended_or_begun_anew(
    manifest: dict[str, Any], status: dict[str, Any], phase: Phase | None
) -> None:
    old = {"plan": {"hash": "h", "steps": []}, "journal": [{"time": "t", "phase": "Triggered", "entry": "e"}]}
    assert decode_execution(manifest | {"status": status | old}).status.phase is phase


async def test_an_execution_of_an_older_operator_is_brought_to_an_end(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.passes(1)
    (key,) = [key for key in world.cluster.objects if key[0] is Kind.EXECUTION]
    old = {"phase": "Mitigated", "plan": {"hash": "h", "steps": []}, "journal": []}
    world.cluster.objects[key]["status"] = old
    world.heal(ALERT)
    found = await world.until(Phase.INCONCLUSIVE, limit=40)
    assert replay(msgspec.to_builtins(found)) == ()


async def test_what_a_later_operator_left_is_begun_anew_once_and_comes_to_an_end(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    (key,) = [key for key in world.cluster.objects if key[0] is Kind.EXECUTION]
    world.cluster.objects[key]["status"]["plan"]["runbook"]["ofLater"] = True
    await world.until(Phase.MITIGATED, limit=5)
    world.heal(ALERT)
    await world.until(Phase.SUCCEEDED, limit=150)
    assert replay(world.cluster.objects[key]) == ()
