import msgspec
import pytest

from photo_operator.cluster.kinds import Kind
from photo_operator.crds.execution import (
    Execution,
    ExecutionSpec,
    ExecutionStatus,
    ExecutionTrigger,
    Phase,
    TriggerSource,
)
from photo_operator.crds.platform import Metadata
from photo_operator.runbooks.execution import build_plan
from photo_operator.runbooks.guards import KEPT, prunable
from photo_operator.runbooks.loader import load_runbooks
from tests.support.runbook_world import NAMESPACE, ROOT, RunbookWorld

NOW = "2026-01-02T00:00:00Z"


def execution(number: int, ended_at: str | None, phase: Phase = Phase.SUCCEEDED) -> Execution:
    spec = ExecutionSpec("demo", "EncodeStuck", ExecutionTrigger(TriggerSource.PROBE, "f"))
    return Execution(Metadata(f"demo-{number:03d}", NAMESPACE, "u"), spec, ExecutionStatus(phase, ended_at=ended_at))


def many(hour: int, number: int = KEPT + 5) -> list[Execution]:
    return [execution(minute, f"2026-01-01T{hour:02d}:{minute:02d}:00Z") for minute in range(number)]


def test_the_newest_are_kept_and_the_oldest_go_first() -> None:
    found = prunable(many(2), NOW)
    assert [gone.metadata.name for gone in found] == [f"demo-{number:03d}" for number in range(5)]


@pytest.mark.parametrize(("hour", "goes"), [(19, True), (21, False), (23, False)])
def test_what_guards_count_stays(hour: int, goes: bool) -> None:  # noqa: FBT001
    assert bool(prunable(many(hour), NOW)) is goes


def test_a_runbook_that_looks_back_longer_keeps_its_executions_longer() -> None:
    runbook = load_runbooks(ROOT / "runbooks")["EncodeStuck"]
    longer = msgspec.structs.replace(runbook.guards, ineffective_within_seconds=86_400)
    plan = build_plan(msgspec.structs.replace(runbook, guards=longer))
    kept = [
        msgspec.structs.replace(found, status=msgspec.structs.replace(found.status, plan=plan)) for found in many(2)
    ]
    assert prunable(kept, NOW) == ()


def test_what_runs_is_never_pruned() -> None:
    running = [execution(number, None, Phase.MITIGATED) for number in range(KEPT + 5)]
    assert prunable(running, NOW) == ()


async def test_a_pass_deletes_what_may_go(world: RunbookWorld) -> None:
    await world.passes(1)
    for found in many(0):
        manifest = msgspec.to_builtins(found) | {"apiVersion": "photoplatform.io/v1alpha1", "kind": "RunbookExecution"}
        world.cluster.put(Kind.EXECUTION, manifest)
    world.clock.advance(86_400)
    await world.passes(3)
    assert len(world.executions()) == KEPT
