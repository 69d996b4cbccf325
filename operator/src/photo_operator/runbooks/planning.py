"""From a runbook to a plan with a hash that an approval can name. Pure."""

import hashlib

import msgspec

from photo_operator.crds import Plan, PlanStep
from photo_operator.runbooks.checking import given_parameters
from photo_operator.runbooks.model import Runbook


def build_plan(runbook: Runbook) -> Plan:
    """Return the plan of a runbook."""
    steps = tuple(
        PlanStep(step.name, f"{step.action.value} {given_parameters(step.parameters)}", step.description)
        for step in runbook.steps
    )
    return Plan(hashlib.sha256(msgspec.json.encode((runbook.alert, steps))).hexdigest()[:16], steps)
