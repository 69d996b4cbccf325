"""One execution from its incident to its end, pass by pass, on a cluster in memory."""

import contextlib

import msgspec
import pytest

from photo_core.domain.runtime_policy import FeedMode
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.port import ClusterRefused
from photo_operator.crds.execution import EntryKind, Needed, Phase
from photo_operator.crds.runbook import Otherwise
from photo_operator.runbooks.execution import UNKNOWN_SECONDS
from photo_operator.runbooks.journal import JOURNAL_LIMIT
from photo_operator.signals import Signal
from tests.support.runbook_world import NAMESPACE, RunbookWorld

ALERT = "FeedCacheDown"


async def test_feeds_are_pulled_within_two_passes(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.passes(2)
    assert world.told.feed_mode is FeedMode.PULL
    found = await world.until(Phase.MITIGATED, limit=4)
    assert found.status.effective
    assert found.status.findings


async def test_recovery_waits_until_redis_has_been_good_for_a_while(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    returned = world.clock.monotonic()
    await world.until(Phase.VERIFYING_RECOVERY)
    assert 10 <= world.clock.monotonic() - returned <= 15
    assert world.told.feed_mode is FeedMode.REBUILDING


async def test_open_breakers_delay_recovery_but_not_for_ever(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    world.readings[Signal.FEED_CACHE_BREAKERS_OPEN] = 1
    returned = world.clock.monotonic()
    await world.until(Phase.VERIFYING_RECOVERY)
    assert 25 <= world.clock.monotonic() - returned <= 30


async def test_push_returns_at_the_end_and_pods_never_see_it_before(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    found = await world.until(Phase.SUCCEEDED)
    await world.passes(1)
    assert [policy.feed_mode.value for policy in world.policies] == ["push", "pull", "rebuilding", "push"]
    transitions = [entry.phase for entry in found.status.journal if entry.kind is EntryKind.TRANSITION]
    assert transitions == [
        Phase.TRIGGERED,
        Phase.DIAGNOSING,
        Phase.PLANNED,
        Phase.MITIGATING,
        Phase.VERIFYING,
        Phase.MITIGATED,
        Phase.RECOVERING,
        Phase.VERIFYING_RECOVERY,
        Phase.SUCCEEDED,
    ]


async def test_every_step_is_undone_in_reverse_order_with_its_before_image_and_a_key(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    found = await world.until(Phase.SUCCEEDED)
    changes = [(e.kind.value, e.step) for e in found.status.journal if e.kind in (EntryKind.INTENT, EntryKind.UNDO)]
    assert changes == [
        ("Intent", "pull"),
        ("Intent", "smaller-pages"),
        ("Intent", "rebuild"),
        ("Undo", "smaller-pages"),
        ("Undo", "pull"),
        ("Undo", "rebuild"),
    ]
    first = next(entry for entry in found.status.journal if entry.kind is EntryKind.INTENT)
    assert first.before is not None
    assert first.before["feed_mode"] == "push"
    assert first.key == f"{found.metadata.name}/pull/1"


@pytest.mark.parametrize(
    "said",
    [
        {Signal.FEED_CACHE_FAILURES: 9.0, Signal.FEED_CACHE_BREAKERS_OPEN: 1.0},
        {Signal.FEED_REBUILDS_WAITING: 1e6},
        {Signal.FANOUT_LAG: 1e5},
    ],
)
async def test_push_returns_within_150_seconds_whatever_pods_report(
    world: RunbookWorld, said: dict[Signal, float]
) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    world.readings |= said
    returned = world.clock.monotonic()
    await world.until(Phase.SUCCEEDED)
    assert world.clock.monotonic() - returned <= 140


async def test_what_is_not_known_delays_recovery_as_what_is_bad(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    world.readings.pop(Signal.FANOUT_LAG)
    found = await world.until(Phase.SUCCEEDED)
    assert "fanoutLag is not known" in found.status.explanation


async def test_a_new_leader_that_knows_nothing_yet_waits_and_begins_nothing_anew(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    await world.until(Phase.VERIFYING_RECOVERY)
    known = world.readings.pop(Signal.FEED_CACHE_PROBE_GOOD)
    await world.passes(20)
    (found,) = world.executions()
    assert found.status.phase is Phase.VERIFYING_RECOVERY
    assert found.status.explanation.endswith("feedCacheProbeGood is not known")
    world.readings[Signal.FEED_CACHE_PROBE_GOOD] = known
    await world.until(Phase.SUCCEEDED)
    assert [policy.feed_mode.value for policy in world.policies[:3]] == ["push", "pull", "rebuilding"]


async def test_what_is_not_known_for_ten_minutes_in_recovery_counts_as_bad(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    await world.until(Phase.VERIFYING_RECOVERY)
    world.readings.pop(Signal.FEED_CACHE_PROBE_GOOD)
    world.clock.advance(UNKNOWN_SECONDS + 1)
    await world.until(Phase.MITIGATED, limit=5)
    assert world.told.feed_mode is FeedMode.PULL


async def test_what_is_not_known_for_a_moment_neither_ends_nor_begins_the_time_of_health(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    await world.passes(3)
    (before,) = world.executions()
    known = world.readings.pop(Signal.FEED_CACHE_PROBE_GOOD)
    await world.passes(20)
    (found,) = world.executions()
    assert found.status.phase is Phase.MITIGATED
    assert found.status.healthy_since == before.status.healthy_since
    world.readings[Signal.FEED_CACHE_PROBE_GOOD] = known
    await world.until(Phase.RECOVERING, limit=2)


@pytest.mark.parametrize("phase", [Phase.RECOVERING, Phase.VERIFYING_RECOVERY])
async def test_a_relapse_pulls_again(world: RunbookWorld, phase: Phase) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    await world.until(phase) if phase is Phase.VERIFYING_RECOVERY else await world.passes(12)
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    assert world.told.feed_mode is FeedMode.PULL
    assert FeedMode.PUSH not in [policy.feed_mode for policy in world.policies[1:]]
    world.heal(ALERT)
    await world.until(Phase.SUCCEEDED)
    await world.passes(1)
    assert world.policies[-1].feed_mode is FeedMode.PUSH


async def test_an_alert_that_the_diagnosis_does_not_confirm_changes_nothing(world: RunbookWorld) -> None:
    world.incident(ALERT)
    world.readings[Signal.FEED_CACHE_LOST] = 0
    found = await world.until(Phase.INCONCLUSIVE, limit=40)
    assert "feedCacheLost is 0" in found.status.explanation
    assert {policy.feed_mode for policy in world.policies} == {FeedMode.PUSH}


async def test_a_cause_that_comes_back_again_and_again_is_left_to_a_person(world: RunbookWorld) -> None:
    world.incident(ALERT)
    for _ in range(12):
        await world.until(Phase.MITIGATED)
        world.heal(ALERT)
        await world.until(Phase.VERIFYING_RECOVERY)
        world.incident(ALERT)
        await world.passes(1)
        if world.executions()[0].status.phase in (Phase.COMPENSATING, Phase.ESCALATED):
            break
    world.heal(ALERT)
    await world.passes(4)
    found = world.executions()[0]
    assert found.status.phase is Phase.ESCALATED
    assert found.status.effective is False


async def test_a_journal_is_bounded(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    for number in range(JOURNAL_LIMIT):
        world.heal(ALERT) if number % 2 else world.incident(ALERT)
        await world.passes(1)
    first = world.executions()[0]
    assert first.status.phase is Phase.ESCALATED
    assert len(first.status.journal) < JOURNAL_LIMIT + 10


async def test_a_dry_run_changes_nothing_and_is_scored_when_the_cause_has_gone(world: RunbookWorld) -> None:
    world.platform["spec"]["remediation"] = {"mode": "DryRun"}
    world.incident(ALERT)
    await world.passes(60)
    world.heal(ALERT)
    found = await world.until(Phase.SUCCEEDED)
    assert {policy.feed_mode for policy in world.policies} == {FeedMode.PUSH}
    assert world.leases == {}
    assert found.status.shadow is not None
    assert found.status.shadow.needed is Needed.YES
    assert found.status.shadow.steps == ("pull", "smaller-pages", "rebuild")
    assert 55 <= (found.status.shadow.saved_seconds or 0) <= 65
    await world.passes(30)
    assert len(world.executions()) == 1, "a dry run is not endless"


async def test_a_dry_run_ends_when_the_mode_is_another(world: RunbookWorld) -> None:
    world.platform["spec"]["remediation"] = {"mode": "DryRun"}
    world.incident(ALERT)
    await world.passes(5)
    world.platform["spec"]["remediation"] = {"mode": "Automatic"}
    await world.passes(4)
    dry, real = world.executions()
    assert dry.status.phase is Phase.INCONCLUSIVE
    assert real.status.phase is Phase.MITIGATED
    assert world.told.feed_mode is FeedMode.PULL


@pytest.mark.parametrize("changed", [{"remediation": {"mode": "Off"}}, {"feed": {"mode": "Push"}}])
async def test_what_must_not_go_on_is_undone_and_blocked(world: RunbookWorld, changed: dict[str, object]) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.platform["spec"] |= changed
    await world.until(Phase.BLOCKED, limit=10)
    await world.passes(1)
    assert world.told.feed_mode is FeedMode.PUSH
    assert world.leases == {}
    world.heal(ALERT)
    await world.until(Phase.INCONCLUSIVE, limit=30)


async def test_a_step_whose_effect_is_not_seen_in_time_is_undone(world: RunbookWorld) -> None:
    world.cluster.refused.add((Kind.CONFIG_MAP, "demo-runtime"))
    world.incident(ALERT)
    for _ in range(40):
        with contextlib.suppress(ClusterRefused):
            await world.once()
        world.clock.advance(1)
    found = world.executions()[0]
    assert found.status.phase is Phase.INCONCLUSIVE
    assert found.status.effective is False
    assert "pull has no effect within 30 s" in [entry.entry for entry in found.status.journal]


async def test_workers_that_cannot_be_added_keep_no_other_runbook_waiting(world: RunbookWorld) -> None:
    world.cluster.refused.add((Kind.DEPLOYMENT, "demo-fanout"))
    world.incident("FanoutBacklog")
    await world.until(Phase.MITIGATING, limit=5, alert="FanoutBacklog")
    world.incident(ALERT)
    await world.until(Phase.MITIGATED, limit=10, alert=ALERT)
    assert world.told.feed_mode is FeedMode.PULL
    assert world.executions("FanoutBacklog")[0].status.phase is Phase.MITIGATING


async def test_a_backlog_is_fought_although_somebody_else_owns_the_number_of_workers(world: RunbookWorld) -> None:
    fanout = world.cluster.objects[(Kind.DEPLOYMENT, NAMESPACE, "demo-fanout")]
    fanout["metadata"]["managedFields"] = [{"manager": "hpa", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]
    world.incident("FanoutBacklog")
    await world.until(Phase.MITIGATED, limit=10)
    assert world.told.skip_fanout_after_seconds == 3600
    assert world.fanout == 2


async def test_what_lasts_for_too_long_is_undone_and_left_to_a_person(world: RunbookWorld) -> None:
    world.incident("EncodeStuck")
    await world.until(Phase.MITIGATED)
    world.readings[Signal.MEDIA_STUCK] = 1
    world.clock.advance(3600)
    found = await world.until(Phase.ESCALATED, limit=5)
    assert "has lasted for 3600 s" in found.status.explanation
    assert world.told == world.policies[0]


async def test_a_clock_that_goes_back_delays_no_recovery(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    await world.passes(2)
    world.clock.set_wall_clock(-3600)
    found = await world.until(Phase.SUCCEEDED, limit=60)
    assert [entry.entry for entry in found.status.journal].count("the clock has gone back") == 1


async def test_a_clock_that_goes_back_hides_no_incident(world: RunbookWorld) -> None:
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    await world.until(Phase.SUCCEEDED)
    world.clock.set_wall_clock(-3600)
    world.readings[Signal.FEED_CACHE_LOST] = 1
    await world.passes(2)
    assert world.told.feed_mode is FeedMode.PULL


async def test_a_platform_that_does_not_come_back_is_mitigated_again(world: RunbookWorld) -> None:
    runbook = world.runbooks[ALERT]
    verification = msgspec.structs.replace(runbook.recovery.verification, otherwise=Otherwise.COMPENSATE)
    recovery = msgspec.structs.replace(runbook.recovery, verification=verification)
    world.runbooks[ALERT] = msgspec.structs.replace(runbook, recovery=recovery)
    world.incident(ALERT)
    await world.until(Phase.MITIGATED)
    world.heal(ALERT)
    world.readings[Signal.FANOUT_LAG] = 1e5
    await world.until(Phase.VERIFYING_RECOVERY)
    world.clock.advance(90)
    found = await world.until(Phase.MITIGATED, limit=5)
    assert "it did not come back: fanoutLag is 100000" in [entry.entry for entry in found.status.journal]
    assert world.policies[-1].feed_mode is FeedMode.PULL
