"""An approval carries out the plan that it names, and no other."""

import msgspec
import pytest

from photo_core.domain.runtime_policy import FeedMode
from photo_operator.cluster.kinds import Kind
from photo_operator.crds.execution import Phase
from photo_operator.crds.platform import API_VERSION
from tests.support.runbook_world import NAMESPACE, RunbookWorld

ALERT = "FeedCacheDown"


def approve(world: RunbookWorld, execution: str, plan_hash: str, name: str = "yes") -> None:
    spec = {"execution": execution, "planHash": plan_hash}
    metadata = {"name": name, "namespace": NAMESPACE}
    manifest = {"apiVersion": API_VERSION, "kind": "RunbookApproval", "metadata": metadata, "spec": spec}
    world.cluster.put(Kind.APPROVAL, manifest)


def state_of(world: RunbookWorld, name: str = "yes") -> tuple[str | None, str]:
    status = world.cluster.objects[(Kind.APPROVAL, NAMESPACE, name)].get("status", {})
    return status.get("state"), status.get("message", "")


@pytest.fixture
async def waiting(world: RunbookWorld) -> RunbookWorld:
    world.platform["spec"]["remediation"] = {"mode": "Approval"}
    world.incident(ALERT)
    await world.until(Phase.AWAITING_APPROVAL, limit=5)
    return world


def plan_of(world: RunbookWorld) -> tuple[str, str]:
    found = world.executions()[-1]
    assert found.status.plan is not None
    return found.metadata.name, found.status.plan.hash


async def test_a_plan_waits_for_its_approval_and_is_carried_out_with_it(waiting: RunbookWorld) -> None:
    await waiting.passes(20)
    assert waiting.told.feed_mode is FeedMode.PUSH
    approve(waiting, *plan_of(waiting))
    await waiting.until(Phase.MITIGATED, limit=5)
    assert state_of(waiting)[0] == "Accepted"
    assert waiting.policies[-1].feed_mode is FeedMode.PULL


async def test_another_hash_is_refused_with_the_one_to_read(waiting: RunbookWorld) -> None:
    name, plan = plan_of(waiting)
    approve(waiting, name, "0" * 16)
    await waiting.passes(3)
    assert state_of(waiting) == ("Refused", f"the plan of {name} is {plan}; read it and approve that")
    assert waiting.executions()[-1].status.phase is Phase.AWAITING_APPROVAL


async def test_a_runbook_that_changes_while_it_waits_is_planned_anew_and_the_old_hash_refused(
    waiting: RunbookWorld,
) -> None:
    name, old = plan_of(waiting)
    waiting.runbooks[ALERT] = msgspec.structs.replace(waiting.runbooks[ALERT], summary="Another way.")
    await waiting.passes(2)
    assert plan_of(waiting)[1] != old
    approve(waiting, name, old)
    await waiting.passes(2)
    assert state_of(waiting)[0] == "Refused"
    approve(waiting, *plan_of(waiting), name="again")
    await waiting.until(Phase.MITIGATED, limit=5)


async def test_an_approval_of_what_does_not_exist_or_has_ended_is_refused(waiting: RunbookWorld) -> None:
    approve(waiting, "nobody", "hash", "nobody")
    waiting.heal(ALERT)
    await waiting.until(Phase.INCONCLUSIVE, limit=30)
    approve(waiting, *plan_of(waiting))
    await waiting.passes(1)
    assert state_of(waiting, "nobody") == ("Refused", "there is no execution nobody")
    assert state_of(waiting)[0] == "Refused"
    assert "has ended" in state_of(waiting)[1]


async def test_an_answer_is_final_and_written_once(waiting: RunbookWorld) -> None:
    approve(waiting, *plan_of(waiting))
    await waiting.until(Phase.MITIGATED, limit=5)
    waiting.heal(ALERT)
    await waiting.until(Phase.SUCCEEDED)
    waiting.cluster.writes.clear()
    await waiting.passes(3)
    assert state_of(waiting)[0] == "Accepted"
    assert [write for write in waiting.cluster.writes if write.kind is Kind.APPROVAL] == []


async def test_a_cause_that_goes_while_a_person_thinks_ends_the_execution_and_the_next_one_comes(
    waiting: RunbookWorld,
) -> None:
    waiting.heal(ALERT)
    await waiting.until(Phase.INCONCLUSIVE, limit=30)
    waiting.incident(ALERT)
    await waiting.until(Phase.AWAITING_APPROVAL, limit=5)
    assert len(waiting.executions()) == 2


async def test_an_approval_that_says_nothing_holds_up_no_runbook(world: RunbookWorld) -> None:
    metadata = {"name": "empty", "namespace": NAMESPACE}
    world.cluster.put(Kind.APPROVAL, {"apiVersion": API_VERSION, "kind": "RunbookApproval", "metadata": metadata})
    world.incident(ALERT)
    await world.until(Phase.MITIGATED, limit=5)
    assert world.told.feed_mode is FeedMode.PULL
