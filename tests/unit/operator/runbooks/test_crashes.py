"""The operator dies before each of its writes, in every runbook: whoever goes on makes the same cluster of it.

Dying after a write and before the next one is told from dying before the next one by nobody, so that the points are the
writes and the end.
"""

from collections.abc import Callable

import pytest
from msgspec import Struct

from photo_core.domain.runtime_policy import RuntimePolicy
from photo_operator.cluster.kinds import Kind
from photo_operator.crds.execution import EntryKind, Phase
from photo_operator.crds.runbook import Runbook
from photo_operator.runbooks.journal import ENDED
from photo_operator.runbooks.loader import load_runbooks
from photo_operator.runbooks.replay import replay
from tests.support.runbook_world import ROOT, OperatorDied, RunbookWorld

ALERTS = sorted(load_runbooks(ROOT / "runbooks"))
TAKEOVER_SECONDS = 15  # of the Lease: how long nobody leads
MOST_PASSES = 200  # of an incident; one that does not come to rest is another end
QUIET_PASSES = 3


class End(Struct, frozen=True):
    """What is left, and what pods were told on the way."""

    phases: tuple[str | None, ...]
    changes: tuple[tuple[str, str | None], ...]
    told: tuple[RuntimePolicy, ...]
    leases: dict[str, str]
    fanout: int
    replays: tuple[object, ...]


def end_of(world: RunbookWorld) -> End:
    executions = world.executions()
    kept = [held for (kind, _, _), held in world.cluster.objects.items() if kind is Kind.EXECUTION]
    return End(
        phases=tuple(found.status.phase for found in executions),
        changes=tuple(
            (entry.kind.value, entry.step)
            for found in executions
            for entry in found.status.journal
            if entry.kind is not EntryKind.NOTE
        ),
        told=tuple(world.policies),
        leases=world.leases,
        fanout=world.fanout,
        replays=tuple(difference for manifest in kept for difference in replay(manifest)),
    )


Script = Callable[[RunbookWorld, str], None]


def heals(world: RunbookWorld, alert: str) -> None:
    """The cause goes once the mitigation is in force."""
    found = world.executions()
    if found and found[-1].status.phase is Phase.MITIGATED:
        world.heal(alert)


def does_not_help(world: RunbookWorld, alert: str) -> None:
    """The mitigation has no effect that can be seen, so that it is undone; then the cause goes."""
    if any(found.status.phase in ENDED for found in world.executions()):
        world.heal(alert)
        return
    conditions = world.runbooks[alert].verification.conditions
    world.readings |= {
        found.signal: (found.above or 0.0) if found.below is None else found.below for found in conditions
    }


def forbidden(world: RunbookWorld, alert: str) -> None:
    """A person turns remediation off meanwhile; then the cause goes by itself."""
    found = world.executions()
    if found and found[-1].status.phase is Phase.MITIGATED:
        world.platform["spec"]["remediation"] = {"mode": "Off"}
    if found and found[-1].status.phase is Phase.BLOCKED:
        world.heal(alert)


async def lived(world: RunbookWorld, alert: str, script: Script, dies_at: int | None) -> End:
    """Go through an incident until nothing happens any more, dying once."""
    await world.passes(1)
    world.cluster.asked = 0
    world.incident(alert)
    world.cluster.dies_at = dies_at
    quiet = 0
    for _ in range(MOST_PASSES):
        script(world, alert)
        before = world.cluster.asked
        try:
            await world.once()
        except OperatorDied:
            world.restart()
            world.clock.advance(TAKEOVER_SECONDS)
        world.clock.advance(5)
        quiet = quiet + 1 if world.cluster.asked == before and not world.active() else 0
        if quiet == QUIET_PASSES:
            break
    return end_of(world)


@pytest.mark.parametrize(
    ("alert", "script", "ends_as"),
    [
        *((alert, heals, Phase.SUCCEEDED) for alert in ALERTS),
        ("EncodeStuck", does_not_help, Phase.INCONCLUSIVE),
        ("FeedCacheDown", forbidden, Phase.INCONCLUSIVE),
        ("FanoutBacklog", forbidden, Phase.INCONCLUSIVE),
    ],
)
async def test_dying_at_any_write_makes_no_difference_in_the_end(
    runbooks: dict[str, Runbook], alert: str, script: Script, ends_as: Phase
) -> None:
    whole = RunbookWorld(runbooks)
    expected = await lived(whole, alert, script, None)
    assert expected.phases == (ends_as,)
    assert expected.leases == {}
    assert expected.replays == ()
    assert whole.told == whole.policies[0], "nothing is in force at the end"
    points = range(whole.cluster.asked)
    assert len(points) >= 10
    assert [point for point in points if await lived(RunbookWorld(runbooks), alert, script, point) != expected] == []
