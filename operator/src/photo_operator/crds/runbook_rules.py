"""Rules of a runbook that its types cannot express. Pure; called by `loader` for files and for live objects.

The CRD says the same in CEL, so that `kubectl apply` refuses what is refused here.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from photo_core.errors import PhotoError
from photo_operator.crds.platform import API_VERSION
from photo_operator.crds.runbook import Action, Condition, GuardedTarget, Leg, Parameters, Runbook, Step

# action -> the one parameter that it takes
PARAMETERS: dict[Action, str | None] = {
    Action.SET_FEED_MODE: "mode",
    Action.SET_DEGRADED_LEVEL: "level",
    Action.SET_READ_CONSISTENCY: "consistency",
    Action.SKIP_OLD_POSTS: "olderThanSeconds",
    Action.SPLIT_CELEBRITIES: "threshold",
    Action.LIMIT_POSTING: "perMinute",
    Action.PAUSE_UPLOADS: None,
    Action.RECLAIM_MEDIA: "afterSeconds",
    Action.SCALE_FANOUT: "replicas",
}

# action -> the target that its execution must hold; none for levels, of which the highest is in force
TARGETS: dict[Action, GuardedTarget | None] = {
    Action.SET_FEED_MODE: GuardedTarget.FEED_CACHE,
    Action.SET_DEGRADED_LEVEL: None,
    Action.SET_READ_CONSISTENCY: GuardedTarget.DATABASE,
    Action.SKIP_OLD_POSTS: GuardedTarget.FANOUT,
    Action.SPLIT_CELEBRITIES: GuardedTarget.FANOUT,
    Action.LIMIT_POSTING: GuardedTarget.FANOUT,
    Action.PAUSE_UPLOADS: GuardedTarget.UPLOADS,
    Action.RECLAIM_MEDIA: GuardedTarget.ENCODE,
    Action.SCALE_FANOUT: GuardedTarget.FANOUT,
}


class RunbookProblem(Struct, frozen=True, order=True):
    """What is wrong with a field, by its path below the manifest."""

    field: str
    reason: str


def problems(runbook: Runbook) -> tuple[RunbookProblem, ...]:
    """Return everything that is wrong with a runbook."""
    return (*_condition_problems(runbook), *_step_problems(runbook), *_time_problems(runbook))


def conditions(runbook: Runbook) -> Iterable[tuple[str, Condition]]:
    """Return every condition with its path."""
    recovery = runbook.recovery
    settling = recovery.settling.conditions if recovery.settling else ()
    lists = {
        "trigger.anyOf": runbook.trigger.any_of,
        "verification.conditions": runbook.verification.conditions,
        "recovery.when": recovery.when,
        "recovery.settling.conditions": settling,
        "recovery.verification.conditions": recovery.verification.conditions,
    }
    for number, check in enumerate(runbook.diagnosis.checks):
        yield f"spec.diagnosis.checks[{number}].condition", check.condition
    for path, found in lists.items():
        yield from ((f"spec.{path}[{number}]", condition) for number, condition in enumerate(found))


def _condition_problems(runbook: Runbook) -> Iterable[RunbookProblem]:
    for path, condition in conditions(runbook):
        if (condition.above is None) == (condition.below is None):
            yield RunbookProblem(path, "write either above or below")


def _step_problems(runbook: Runbook) -> Iterable[RunbookProblem]:
    if all(step.leg is Leg.RECOVER for step in runbook.steps):
        yield RunbookProblem("spec.steps", "write at least one step of leg Mitigate")
    names = [step.name for step in runbook.steps]
    for number, step in enumerate(runbook.steps):
        path = f"spec.steps[{number}]"
        if names.index(step.name) != number:
            yield RunbookProblem(f"{path}.name", f"{step.name} is the name of another step")
        yield from _parameter_problems(f"{path}.parameters", step)
        target = TARGETS[step.action]
        if target is not None and target not in runbook.guards.targets:
            yield RunbookProblem("spec.guards.targets", f"{step.action.value} of step {step.name} needs {target.value}")


def _parameter_problems(path: str, step: Step) -> Iterable[RunbookProblem]:
    given = set(given_parameters(step.parameters))
    wanted = {name for name in (PARAMETERS[step.action],) if name is not None}
    if given != wanted:
        yield RunbookProblem(
            path, f"{step.action.value} takes {', '.join(wanted) or 'none'}, not {', '.join(sorted(given))}"
        )


def given_parameters(parameters: Parameters) -> dict[str, object]:
    """Return the parameters that are stated."""
    stated: dict[str, object] = msgspec.to_builtins(parameters)
    return stated


def _time_problems(runbook: Runbook) -> Iterable[RunbookProblem]:
    verifications = {
        "spec.verification": runbook.verification,
        "spec.recovery.verification": runbook.recovery.verification,
    }
    for path, verification in verifications.items():
        if verification.at_least_seconds > verification.within_seconds:
            yield RunbookProblem(f"{path}.atLeastSeconds", "must not be more than withinSeconds")
    settling = runbook.recovery.settling
    if settling is not None and settling.within_seconds < runbook.recovery.healthy_for_seconds:
        yield RunbookProblem("spec.recovery.settling.withinSeconds", "must not be less than recovery.healthyForSeconds")


KIND = "Runbook"


class InvalidRunbook(PhotoError):
    """A runbook is missing or malformed; the message names the file or object, the field and the reason."""


def decode_runbook(manifest: Mapping[str, Any], source: str) -> Runbook:
    """Return the runbook of a manifest.

    Raises:
        InvalidRunbook: it is not what the model says.
    """
    if (manifest.get("apiVersion"), manifest.get("kind")) != (API_VERSION, KIND):
        raise InvalidRunbook(f"{source}: apiVersion, kind: write {API_VERSION}, {KIND}")
    try:
        runbook = msgspec.convert(manifest.get("spec"), Runbook)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at ")
        raise InvalidRunbook(f"{source}: spec{path.strip('`').removeprefix('$')}: {reason}") from error
    found = problems(runbook)
    if found:
        raise InvalidRunbook("; ".join(f"{source}: {problem.field}: {problem.reason}" for problem in found))
    return runbook
