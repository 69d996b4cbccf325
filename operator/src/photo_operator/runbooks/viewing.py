"""Builds the `View` that one decision about one execution is made from. Pure; called by `remediation`."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from photo_operator.components.catalog import Component
from photo_operator.crds.execution import Approval, Execution, Phase, Verdict, View
from photo_operator.crds.runbook import Action, Condition, GuardedTarget, Runbook
from photo_operator.observe.gather import Observed
from photo_operator.observe.workloads import foreign_scaler, replica_owners, rollout, rollouts
from photo_operator.runbooks import guards, phases
from photo_operator.runbooks.effects import Effects
from photo_operator.runbooks.journal import pending, step_named
from photo_operator.runbooks.matching import Noticed, conditions_of, key_of
from photo_operator.runbooks.targets import not_held
from photo_operator.signals import Signal

WAITING = frozenset({Phase.PLANNED, Phase.AWAITING_APPROVAL, Phase.BLOCKED})


class Around(Struct, frozen=True):
    """Everything that views are built from in a pass; executions, approvals and leases are as stored by now."""

    observed: Observed
    executions: tuple[Execution, ...]
    approvals: tuple[Approval, ...]
    runbooks: Mapping[str, Runbook]
    leases: Mapping[GuardedTarget, str]
    effects: Effects
    noticed: Noticed
    holding: Mapping[str, frozenset[Condition]]
    now: str


def build_view(execution: Execution, around: Around) -> View:
    """Return what is seen around an execution; of readings, what its runbook names."""
    spec, alert = around.observed.platform.spec, execution.spec.runbook
    offered = _offered(execution, around)
    view = View(now=around.now, mode=spec.remediation.mode_of(alert), offered=offered)
    runbook = execution.status.plan.runbook if execution.status.plan else offered
    if runbook is None or execution.status.phase is None:
        return view
    view = msgspec.structs.replace(
        view,
        readings=_readings(runbook, around.noticed.for_alert(alert)),
        held=_held(execution, runbook, around),
        verdict=_verdict(execution, runbook, around),
    )
    return _acting(view, execution, runbook, around) if execution.status.phase in phases.ACTING else view


def _offered(execution: Execution, around: Around) -> Runbook | None:
    """Return the runbook of now where it may be taken and is news: nothing is pinned yet, or something else."""
    plan, runbook = execution.status.plan, around.runbooks.get(execution.spec.runbook)
    if plan is None:
        return runbook
    return runbook if execution.status.phase in WAITING and plan.runbook != runbook else None


def _readings(runbook: Runbook, readings: Mapping[Signal, float]) -> dict[Signal, float]:
    named = {condition.signal for condition in conditions_of(runbook)}
    return {signal: round(readings[signal], 3) for signal in Signal if signal in named and signal in readings}


def _held(execution: Execution, runbook: Runbook, around: Around) -> tuple[str, ...]:
    holding = around.holding.get(execution.metadata.name) or around.holding.get(execution.spec.runbook, frozenset())
    timed = {key_of(found) for found in conditions_of(runbook) if found.for_seconds and found in holding}
    return tuple(sorted(timed))


def _verdict(execution: Execution, runbook: Runbook, around: Around) -> Verdict:
    if execution.status.phase not in WAITING:
        return Verdict()
    platform = around.observed.platform
    numbers = rollouts(around.observed.children, platform.metadata.name)
    situation = guards.Situation(
        spec=platform.spec,
        executions=around.executions,
        approvals=around.approvals,
        leases=around.leases,
        pods={component.value: found.current for component, found in numbers.items()},
        available={component.value: found.available for component, found in numbers.items()},
        now=around.now,
    )
    return guards.judge(execution, runbook, situation)


def _acting(view: View, execution: Execution, runbook: Runbook, around: Around) -> View:
    observed = around.observed
    fanout = rollout(observed.children, observed.platform.metadata.name, Component.FANOUT).wanted
    own = phases.of_runbook(around.executions, execution.spec.platform, execution.spec.runbook)
    policy = msgspec.to_builtins(observed.policy) if observed.policy is not None else {}
    return msgspec.structs.replace(
        view,
        stop=guards.stop_of(observed.platform.spec, runbook),
        waits_for=not_held(runbook, around.leases, execution.metadata.name),
        settled=_awaited(execution, runbook, around).seen_in(observed.policy, fanout),
        policy={key: value for key, value in policy.items() if value is not None},
        ineffective=guards.ineffective(own, runbook, around.now),
    )


def _awaited(execution: Execution, runbook: Runbook, around: Around) -> Effects:
    """Return the effects that the execution's last change waits for: pods only where it is about their number.

    What another execution asks of the scaler may never be seen, and must not keep feeds from being pulled. Nor is it
    seen where somebody else owns the number: then the other steps have to help without it.
    """
    observed, changing = around.observed, pending(execution.status)
    owners = replica_owners(observed.children, observed.platform.metadata.name, Component.FANOUT)
    scales = changing is not None and step_named(runbook, changing.step).action is Action.SCALE_FANOUT
    if scales and foreign_scaler(owners) is None:
        return around.effects
    return msgspec.structs.replace(around.effects, fanout_floor=None)
