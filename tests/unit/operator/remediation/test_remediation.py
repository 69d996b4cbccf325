"""What a pass does around executions: runbooks of the namespace, refusals, what is told."""

from typing import Any

import pytest
import yaml

from photo_core.domain.runtime_policy import POLICY_KEY, FeedMode
from photo_operator.cluster.kinds import Kind
from photo_operator.conditions import EventReason
from photo_operator.crds.execution import Phase
from photo_operator.times import rfc3339
from tests.support.runbook_world import NAMESPACE, ROOT, RunbookWorld

ALERT = "FeedCacheDown"


@pytest.fixture
async def world() -> RunbookWorld:
    world = RunbookWorld()
    await world.passes(1)
    return world


@pytest.fixture
def own() -> dict[str, Any]:
    """The runbook that ships, as one of the namespace."""
    manifest: dict[str, Any] = yaml.safe_load((ROOT / f"runbooks/{ALERT}/runbook.yaml").read_text())
    manifest["metadata"]["namespace"] = NAMESPACE
    return manifest


async def test_a_runbook_of_the_namespace_replaces_the_one_that_ships(world: RunbookWorld, own: dict[str, Any]) -> None:
    own["spec"]["steps"] = [own["spec"]["steps"][1] | {"parameters": {"level": 2}}]
    world.cluster.put(Kind.RUNBOOK, own)
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    assert (world.told.feed_mode, world.told.degraded_level) == (FeedMode.PUSH, 2)


async def test_a_runbook_of_the_namespace_adds_to_those_that_ship(world: RunbookWorld, own: dict[str, Any]) -> None:
    own["metadata"]["name"], own["spec"]["alert"] = "mine", "Mine"
    world.runbooks.pop(ALERT)
    world.cluster.put(Kind.RUNBOOK, own)
    world.readings |= {condition_signal(own): 1.0}
    found = await world.until(Phase.MITIGATED)
    assert found.spec.runbook == "Mine"


def condition_signal(manifest: dict[str, Any]) -> Any:
    return manifest["spec"]["trigger"]["anyOf"][0]["signal"]


async def test_one_that_the_model_does_not_take_is_left_out(world: RunbookWorld, own: dict[str, Any]) -> None:
    own["spec"]["guards"]["targets"] = ["Fanout"]
    world.cluster.put(Kind.RUNBOOK, own)
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    assert world.policies[-1].feed_mode is FeedMode.PULL


async def test_an_execution_keeps_the_runbook_that_it_began_with(world: RunbookWorld, own: dict[str, Any]) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    own["spec"]["recovery"]["healthyForSeconds"] = 0
    world.cluster.put(Kind.RUNBOOK, own)
    world.heal(ALERT)
    await world.passes(8)
    status = world.executions()[0].status
    assert status.phase is Phase.MITIGATED
    # a journal that held it with every entry would outgrow what the API server takes
    assert [entry.inputs.offered for entry in status.journal[1:]] == [None] * (len(status.journal) - 1)


async def test_an_execution_that_cannot_be_written_holds_up_nothing_else(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    stuck = world.executions()[0].metadata.name
    world.cluster.refused.add((Kind.EXECUTION, stuck))
    world.incident("EncodeStuck")
    world.heal(ALERT)
    await world.until(Phase.MITIGATED, alert="EncodeStuck")
    assert (world.told.feed_mode, world.told.reclaim_media_after_seconds) == (FeedMode.PULL, 60)
    world.cluster.refused.clear()
    await world.until(Phase.SUCCEEDED, alert=ALERT)


async def test_an_execution_that_cannot_be_created_holds_up_no_other(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    world.incident("EncodeStuck")
    stamp = rfc3339(world.clock).translate(str.maketrans("", "", "-:TZ"))
    world.cluster.refused.add((Kind.EXECUTION, f"demo-encodestuck-{stamp}"))
    await world.once()
    assert world.executions("EncodeStuck") == []
    assert world.executions(ALERT)[0].status.healthy_since is not None


async def test_an_execution_that_a_person_deletes_leaves_nothing_in_force(world: RunbookWorld) -> None:
    world.incident(ALERT)
    found = await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    world.cluster.remove(Kind.EXECUTION, NAMESPACE, found.metadata.name)
    await world.passes(2)
    assert world.told == world.policies[0]
    assert world.leases == {}


async def test_a_target_that_is_acted_on_is_held_again_where_its_lease_is_deleted(world: RunbookWorld) -> None:
    world.incident(ALERT)
    found = await world.until(Phase.MITIGATED)
    world.cluster.remove(Kind.LEASE, NAMESPACE, "demo-feedcache")
    await world.passes(1)
    assert world.leases == {"demo-feedcache": found.metadata.name}


async def test_a_policy_that_somebody_edits_is_put_back(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    config_map = world.cluster.objects[(Kind.CONFIG_MAP, NAMESPACE, "demo-runtime")]
    config_map["data"][POLICY_KEY] = '{"feed_mode":"push"}'
    before = world.policies[-1]
    await world.passes(1)
    assert world.told == before
    assert world.told.feed_mode is FeedMode.PULL


async def test_start_wait_and_end_are_told(world: RunbookWorld) -> None:
    world.platform["spec"]["remediation"] = {"mode": "Approval"}
    world.incident(ALERT)
    told = [news.reason for news in (await world.once()).news]
    assert told == [EventReason.RUNBOOK_STARTED, EventReason.RUNBOOK_WAITS]
    world.heal(ALERT)
    told = []
    for _ in range(20):
        told += [news.reason for news in (await world.once()).news]
        world.clock.advance(1)
    assert told == [EventReason.RUNBOOK_ENDED]


async def test_a_quiet_platform_is_written_no_more(world: RunbookWorld) -> None:
    world.cluster.writes.clear()
    await world.passes(20)
    assert world.cluster.writes == []
