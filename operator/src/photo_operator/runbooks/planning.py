"""From a runbook to a plan with a hash that an approval can name. Pure."""

import hashlib

import msgspec

from photo_operator.crds.execution import Plan, PlanStep
from photo_operator.crds.runbook import Runbook, Step
from photo_operator.crds.runbook_rules import given_parameters


def build_plan(runbook: Runbook) -> Plan:
    """Return the plan of a runbook; its hash covers all that the runbook says."""
    steps = tuple(PlanStep(step.name, action_of(step), step.description) for step in runbook.steps)
    return Plan(hashlib.sha256(msgspec.json.encode(runbook)).hexdigest()[:16], steps, runbook)


def action_of(step: Step) -> str:
    """Return what a step does, for people."""
    given = " ".join(f"{name}={value}" for name, value in given_parameters(step.parameters).items())
    return f"{step.leg.value}: {step.action.value} {given}".rstrip()
