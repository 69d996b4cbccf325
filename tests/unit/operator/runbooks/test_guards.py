"""Each guard forbids what it shall, says so, and lets go by itself once it may."""

from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from photo_core.domain.runtime_policy import FeedMode
from photo_operator.cluster.kinds import Kind
from photo_operator.components.catalog import Component
from photo_operator.components.spec import replicas_of
from photo_operator.crds.execution import (
    DecisionView,
    EntryKind,
    Execution,
    ExecutionSpec,
    ExecutionStatus,
    ExecutionTrigger,
    JournalEntry,
    Judgement,
    Phase,
    TriggerSource,
)
from photo_operator.crds.platform import API_VERSION, Metadata, decode_platform
from photo_operator.crds.runbook import BlastRadius, MinimumHealthy, Runbook, RunbookComponent
from photo_operator.observe.context import PassContext
from photo_operator.observe.observer import Observed
from photo_operator.runbooks import guards
from photo_operator.runbooks.effects import build_effects
from photo_operator.runbooks.execution import build_plan
from photo_operator.runbooks.loader import load_runbooks
from photo_operator.signals import Signal
from tests.support.runbook_world import NAMESPACE, ROOT, RunbookWorld

REDIS = "FeedCacheDown"
MEDIA = "EncodeStuck"


def change(world: RunbookWorld, alert: str, **changed: object) -> None:
    runbook = world.runbooks[alert]
    world.runbooks[alert] = msgspec.structs.replace(runbook, guards=msgspec.structs.replace(runbook.guards, **changed))


async def blocked(world: RunbookWorld, why: str, alert: str = REDIS) -> None:
    """Make passes and see the newest execution held back, with nothing in force."""
    await world.passes(3)
    found = world.executions(alert)[-1]
    assert found.status.phase is Phase.BLOCKED, found.status.explanation
    assert why in found.status.explanation
    number = len(found.status.journal)
    await world.passes(5)
    assert len(world.executions(alert)[-1].status.journal) == number, "nothing is written while nothing changes"


async def test_a_maintenance_window_holds_runbooks_back_while_it_is_open(world: RunbookWorld) -> None:
    window = {"schedule": "0 0 * * *", "durationMinutes": 1, "reason": "Redis moves"}
    world.platform["spec"]["maintenanceWindows"] = [window]
    world.incident(REDIS)
    await blocked(world, "Redis moves")
    assert world.told.feed_mode is FeedMode.PUSH
    world.clock.advance(60)
    await world.until(Phase.MITIGATED, limit=5)


async def test_a_person_may_run_a_runbook_in_a_maintenance_window(world: RunbookWorld) -> None:
    window = {"schedule": "0 0 * * *", "durationMinutes": 60, "reason": "Redis moves"}
    world.platform["spec"]["maintenanceWindows"] = [window]
    world.incident(REDIS)
    trigger = {"source": "Person", "fingerprint": "by-hand"}
    world.cluster.put(
        Kind.EXECUTION,
        {
            "apiVersion": API_VERSION,
            "kind": "RunbookExecution",
            "metadata": {"name": "by-hand", "namespace": NAMESPACE},
            "spec": {"platform": "demo", "runbook": REDIS, "trigger": trigger},
        },
    )
    await world.until(Phase.MITIGATED, limit=5)


async def test_a_runbook_acts_no_more_than_so_often_within_an_hour(world: RunbookWorld) -> None:
    change(world, REDIS, maximum_per_hour=1)
    world.incident(REDIS)
    await world.until(Phase.MITIGATED)
    world.heal(REDIS)
    await world.until(Phase.SUCCEEDED)
    world.incident(REDIS)
    await blocked(world, "acted within an hour")
    world.clock.advance(3600)
    await world.until(Phase.MITIGATED, limit=5)


async def test_after_an_execution_none_is_created_for_a_while(world: RunbookWorld) -> None:
    change(world, REDIS, cooldown_seconds=100)
    world.incident(REDIS)
    await world.until(Phase.MITIGATED)
    world.heal(REDIS)
    await world.until(Phase.SUCCEEDED)
    world.incident(REDIS)
    await world.passes(90)
    assert len(world.executions()) == 1
    await world.passes(20)
    assert len(world.executions()) == 2


async def test_what_does_not_help_three_times_is_left_to_a_person(world: RunbookWorld) -> None:
    world.incident(MEDIA)
    world.readings[Signal.ENCODE_STUCK_SECONDS] = 1000
    ends = []
    for number in range(1, 4):
        for _ in range(40):
            world.clock.advance(20)
            await world.passes(1)
            found = world.executions(MEDIA)
            if len(found) == number and found[-1].status.ended_at:
                break
        ends.append(world.executions(MEDIA)[-1].status.phase)
    assert ends == [Phase.INCONCLUSIVE, Phase.INCONCLUSIVE, Phase.ESCALATED]
    world.clock.advance(3600)
    await blocked(world, "3 executions did not help within 4 h", MEDIA)
    world.clock.advance(14_400)
    await world.until(Phase.VERIFYING, limit=5, alert=MEDIA)


async def test_nothing_new_starts_in_a_storm(world: RunbookWorld) -> None:
    change(world, REDIS, maximum_active=1)
    world.incident(MEDIA)
    await world.until(Phase.MITIGATED, alert=MEDIA)
    world.incident(REDIS)
    await blocked(world, "a storm")
    world.heal(MEDIA)
    await world.until(Phase.SUCCEEDED, alert=MEDIA)
    await world.until(Phase.MITIGATED, limit=5, alert=REDIS)


async def test_a_plan_that_touches_too_many_pods_is_held_back(world: RunbookWorld) -> None:
    change(world, REDIS, blast_radius=BlastRadius(59))  # three of five Deployments of two pods
    world.incident(REDIS)
    await blocked(world, "59 %")
    change(world, REDIS, blast_radius=BlastRadius(60))
    await world.until(Phase.MITIGATED, limit=5)


async def test_nothing_is_done_to_too_few_pods(world: RunbookWorld) -> None:
    change(world, REDIS, minimum_healthy=MinimumHealthy(RunbookComponent.API, 2))
    status = world.cluster.objects[(Kind.DEPLOYMENT, NAMESPACE, "demo-api")]["status"]
    status["availableReplicas"] = 1
    world.incident(REDIS)
    await blocked(world, "fewer than 2 pods of api")
    status["availableReplicas"] = 2
    await world.until(Phase.MITIGATED, limit=5)


async def test_a_target_that_somebody_else_holds_is_waited_for_by_name(world: RunbookWorld) -> None:
    lease = {"metadata": {"name": "demo-feedcache", "namespace": NAMESPACE}, "spec": {"holderIdentity": "ops-team"}}
    world.cluster.put(Kind.LEASE, lease)
    world.incident(REDIS)
    await blocked(world, "FeedCache is held by ops-team")
    assert world.leases == {"demo-feedcache": "ops-team"}, "what others hold is left alone"
    world.cluster.remove(Kind.LEASE, NAMESPACE, "demo-feedcache")
    found = await world.until(Phase.MITIGATED, limit=5)
    assert world.leases == {"demo-feedcache": found.metadata.name}


async def test_two_runbooks_never_act_on_one_target_and_disjoint_ones_act_at_once(world: RunbookWorld) -> None:
    world.incident("FanoutBacklog")
    await world.until(Phase.MITIGATED, alert="FanoutBacklog")
    world.incident("CelebrityCascade")
    world.incident(MEDIA)
    await blocked(world, "Fanout is held by demo-fanoutbacklog", "CelebrityCascade")
    await world.until(Phase.MITIGATED, alert=MEDIA)
    assert set(world.leases) == {"demo-fanout", "demo-encode"}
    assert (world.told.posts_per_minute, world.told.reclaim_media_after_seconds) == (None, 60)
    world.heal("FanoutBacklog")
    world.readings[Signal.CELEBRITY_SHARE] = 1.0
    await world.until(Phase.SUCCEEDED, alert="FanoutBacklog")
    await world.passes(5)
    assert world.leases["demo-fanout"].startswith("demo-celebritycascade")


async def test_the_scaler_yields_to_an_execution_and_obeys_its_floor(world: RunbookWorld) -> None:
    world.incident("FanoutBacklog")
    await world.until(Phase.MITIGATED, alert="FanoutBacklog")
    most = replicas_of(decode_platform(world.platform).spec, Component.FANOUT).max
    assert world.fanout == most
    assert build_effects(decode_platform(world.platform).spec, world.executions()).fanout_floor == most


@pytest.mark.parametrize("changed", [{"remediation": {"mode": "Off"}}, {"feed": {"mode": "Pull"}}])
async def test_what_must_not_act_is_not_even_created(world: RunbookWorld, changed: dict[str, Any]) -> None:
    world.platform["spec"] |= changed
    world.incident(REDIS)
    await world.passes(5)
    assert world.executions() == []


async def test_a_runbook_may_have_a_mode_of_its_own(world: RunbookWorld) -> None:
    world.platform["spec"]["remediation"] = {"mode": "Off", "runbooks": [{"alert": REDIS, "mode": "Automatic"}]}
    world.incident(REDIS)
    world.incident(MEDIA)
    await world.until(Phase.MITIGATED)
    assert {found.spec.runbook for found in world.executions()} == {REDIS}


async def test_a_pause_holds_everything(world: RunbookWorld) -> None:
    world.incident(REDIS)
    await world.until(Phase.MITIGATED)
    world.platform["spec"]["pauseRequests"] = [{"reason": "moving"}]
    world.heal(REDIS)
    before = world.cluster.asked
    await world.passes(60)
    assert world.cluster.asked == before
    assert world.executions()[0].status.phase is Phase.MITIGATED


class Counted(RuleBasedStateMachine):
    """The guards that count, beside a plain list of what happened."""

    @initialize(limit=st.integers(1, 3), hours=st.integers(1, 3), per_hour=st.integers(1, 3))
    def begin(self, limit: int, hours: int, per_hour: int) -> None:
        whole = load_runbooks(ROOT / "runbooks")[MEDIA]
        self.runbook: Runbook = msgspec.structs.replace(
            whole,
            guards=msgspec.structs.replace(
                whole.guards,
                ineffective_limit=limit,
                ineffective_within_seconds=hours * 3600,
                maximum_per_hour=per_hour,
                cooldown_seconds=600,
            ),
        )
        self.platform = decode_platform(RunbookWorld({}).platform)
        self.now = 0
        self.ended: list[tuple[int, int, bool]] = []  # acted at, ended at, effective
        self.executions: list[Execution] = []

    @rule(minutes=st.integers(1, 90))
    def wait(self, minutes: int) -> None:
        self.now += minutes * 60

    @rule(minutes=st.integers(0, 30), effective=st.booleans())
    def act(self, minutes: int, effective: bool) -> None:  # noqa: FBT001 - hypothesis names the arguments
        acted, self.now = self.now, self.now + minutes * 60
        self.ended.append((acted, self.now, effective))
        entry = JournalEntry(_time(acted), Phase.MITIGATING, EntryKind.TRANSITION, "", DecisionView(_time(acted)))
        status = ExecutionStatus(
            phase=Phase.SUCCEEDED if effective else Phase.INCONCLUSIVE,
            journal=(entry,),
            ended_at=_time(self.now),
            effective=effective,
        )
        self.executions.append(_execution(f"demo-{len(self.executions)}", status))

    @invariant()
    def guards_agree_with_the_list(self) -> None:
        if not hasattr(self, "runbook"):
            return
        rules, planned = (
            self.runbook.guards,
            _execution("demo-new", ExecutionStatus(Phase.PLANNED, build_plan(self.runbook))),
        )
        acted = sum(self.now - start < 3600 for start, _, _ in self.ended)
        failed = sum(
            self.now - end < rules.ineffective_within_seconds for _, end, effective in self.ended if not effective
        )
        observed = Observed(self.platform, executions=(*self.executions, planned))
        context = PassContext(observed, _time(self.now))
        forbidden = acted >= rules.maximum_per_hour or failed >= rules.ineffective_limit
        assert (guards.judge(planned, self.runbook, context).judgement is Judgement.BLOCKED) == forbidden
        calm = all(self.now - end >= rules.cooldown_seconds for _, end, _ in self.ended)
        assert guards.may_create(self.platform.spec, self.runbook, self.executions, _time(self.now)) == calm


def _time(second: int) -> str:
    return f"2026-01-{1 + second // 86_400:02d}T{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"


def _execution(name: str, status: ExecutionStatus) -> Execution:
    spec = ExecutionSpec("demo", MEDIA, ExecutionTrigger(TriggerSource.PROBE, "f"))
    return Execution(Metadata(name, NAMESPACE, name), spec, status)


Counted.TestCase.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)
TestCounted = Counted.TestCase
