"""Builds the `DecisionView` that one decision about one execution is made from. Pure; called by `remediation`."""

from collections.abc import Mapping

import msgspec

from photo_operator.components.catalog import Component
from photo_operator.crds.execution import DecisionView, Execution, Phase, Verdict
from photo_operator.crds.runbook import Action, Runbook
from photo_operator.observe.context import PassContext
from photo_operator.observe.workloads import Rollout
from photo_operator.runbooks import guards
from photo_operator.runbooks.effects import Effects, build_effects, missing_leases
from photo_operator.runbooks.journal import ACTING, of_runbook, pending, step_named
from photo_operator.runbooks.matching import conditions_of, key_of
from photo_operator.signals import Signal

WAITING = frozenset({Phase.PLANNED, Phase.AWAITING_APPROVAL, Phase.BLOCKED})


def build_view(execution: Execution, context: PassContext) -> DecisionView:
    """Return what an execution sees of a pass; of the readings, only those that its runbook names."""
    alert, offered = execution.spec.runbook, _offered(execution, context)
    view = DecisionView(now=context.now, mode=context.spec.remediation.mode_of(alert), offered=offered)
    runbook = execution.status.plan.runbook if execution.status.plan else offered
    if runbook is None or execution.status.phase is None:
        return view
    view = msgspec.structs.replace(
        view,
        readings=_readings(runbook, context.evidence.for_alert(alert)),
        held=_held(execution, runbook, context),
        verdict=_verdict(execution, runbook, context),
    )
    return _acting(view, execution, runbook, context) if execution.status.phase in ACTING else view


def _offered(execution: Execution, context: PassContext) -> Runbook | None:
    """Return the current runbook where the execution may still take it: it has no plan, or waits with another one."""
    plan, runbook = execution.status.plan, context.runbooks.get(execution.spec.runbook)
    if plan is None:
        return runbook
    return runbook if execution.status.phase in WAITING and plan.runbook != runbook else None


def _readings(runbook: Runbook, readings: Mapping[Signal, float]) -> dict[Signal, float]:
    named = {condition.signal for condition in conditions_of(runbook)}
    return {signal: round(readings[signal], 3) for signal in Signal if signal in named and signal in readings}


def _held(execution: Execution, runbook: Runbook, context: PassContext) -> tuple[str, ...]:
    held = context.held.get(execution.metadata.name) or context.held.get(execution.spec.runbook, frozenset())
    timed = {key_of(found) for found in conditions_of(runbook) if found.for_seconds and found in held}
    return tuple(sorted(timed))


def _verdict(execution: Execution, runbook: Runbook, context: PassContext) -> Verdict:
    return guards.judge(execution, runbook, context) if execution.status.phase in WAITING else Verdict()


def _acting(view: DecisionView, execution: Execution, runbook: Runbook, context: PassContext) -> DecisionView:
    observed = context.observed
    own = of_runbook(observed.executions, execution.spec.platform, execution.spec.runbook)
    policy = msgspec.to_builtins(observed.policy) if observed.policy is not None else {}
    fanout = observed.rollouts.get(Component.FANOUT, Rollout())
    return msgspec.structs.replace(
        view,
        stop=guards.stop_of(context.spec, runbook),
        waits_for=missing_leases(runbook, context.lease_holders, execution.metadata.name),
        settled=_awaited(execution, runbook, context).seen_in(observed.policy, fanout.wanted),
        policy={key: value for key, value in policy.items() if value is not None},
        ineffective=guards.ineffective(own, runbook, context.now),
    )


def _awaited(execution: Execution, runbook: Runbook, context: PassContext) -> Effects:
    """Return the effects that the execution's last change waits for.

    The number of fan-out workers is awaited only by a step that sets it: what another execution asks of the scaler may
    never be seen, and must not delay the feed mode. It is not awaited either where somebody else owns the number, which
    leaves the other steps to help.
    """
    effects, changing = build_effects(context.spec, context.observed.own_executions), pending(execution.status)
    fanout = context.observed.rollouts.get(Component.FANOUT, Rollout())
    scales = changing is not None and step_named(runbook, changing.step).action is Action.SCALE_FANOUT
    if scales and fanout.foreign_owner is None:
        return effects
    return msgspec.structs.replace(effects, fanout_floor=None)
