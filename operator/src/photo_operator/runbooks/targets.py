"""What runbooks act on: targets, the Leases that hold them, and the pods that a step touches. Pure."""

from collections.abc import Iterable, Mapping

from photo_operator.crds.execution import Execution
from photo_operator.crds.metadata import child_metadata, instance_labels
from photo_operator.crds.platform import Manifest, Platform
from photo_operator.crds.runbook import Action, GuardedTarget, Runbook, RunbookComponent
from photo_operator.runbooks.phases import acts

# action -> whose pods do something else because of it
TOUCHED: dict[Action, frozenset[RunbookComponent]] = {
    Action.SET_FEED_MODE: frozenset({RunbookComponent.API, RunbookComponent.FANOUT, RunbookComponent.FEED_REBUILD}),
    Action.SET_DEGRADED_LEVEL: frozenset({RunbookComponent.API}),
    Action.SET_READ_CONSISTENCY: frozenset({RunbookComponent.API}),
    Action.SKIP_OLD_POSTS: frozenset({RunbookComponent.FANOUT, RunbookComponent.FANOUT_PLANNER}),
    Action.SPLIT_CELEBRITIES: frozenset({RunbookComponent.FANOUT_PLANNER}),
    Action.LIMIT_POSTING: frozenset({RunbookComponent.API}),
    Action.PAUSE_UPLOADS: frozenset({RunbookComponent.API}),
    Action.RECLAIM_MEDIA: frozenset({RunbookComponent.IMAGE_ENCODE}),
    Action.SCALE_FANOUT: frozenset({RunbookComponent.FANOUT}),
}


def percent_of_pods(runbook: Runbook, pods: Mapping[str, int]) -> int:
    """Return how much of a platform a runbook's steps touch, in percent of its pods."""
    touched = frozenset().union(*(TOUCHED[step.action] for step in runbook.steps))
    total = sum(pods.values())
    return round(100 * sum(pods.get(component.value, 0) for component in touched) / total) if total else 0


def lease_name(platform: str, target: GuardedTarget) -> str:
    """Return the name of a target's Lease."""
    return f"{platform}-{target.value.lower()}"


def build_lease(platform: Platform, target: GuardedTarget, execution: str, now: str) -> Manifest:
    """Return the Lease of a target, held by an execution until that ends."""
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": child_metadata(platform, lease_name(platform.metadata.name, target), "runbook"),
        "spec": {"holderIdentity": execution, "acquireTime": f"{now.removesuffix('Z')}.000000Z"},
    }


def read_leases(leases: Iterable[Manifest], platform: str) -> dict[GuardedTarget, str]:
    """Return who holds which target of a platform; a Lease that somebody else made counts as well."""
    holders = {found["metadata"]["name"]: found.get("spec", {}).get("holderIdentity") or "" for found in leases}
    named = ((target, holders.get(lease_name(platform, target), "")) for target in GuardedTarget)
    return {target: holder for target, holder in named if holder}


def unneeded(leases: Iterable[Manifest], platform: str, executions: Iterable[Execution]) -> tuple[Manifest, ...]:
    """Return the Leases that this operator made for a platform's targets and that nobody who acts needs."""
    needed = {(lease_name(platform, t), found.metadata.name) for found in executions for t in _acted_on(found)}
    names = {lease_name(platform, target) for target in GuardedTarget}
    ours = instance_labels(platform).items()
    return tuple(
        lease
        for lease in leases
        if lease["metadata"]["name"] in names
        and ours <= lease["metadata"].get("labels", {}).items()
        and (lease["metadata"]["name"], lease["spec"].get("holderIdentity", "")) not in needed
    )


def _acted_on(execution: Execution) -> tuple[GuardedTarget, ...]:
    plan = execution.status.plan
    return plan.runbook.guards.targets if plan is not None and acts(execution) else ()


def foreign_holders(runbook: Runbook, leases: Mapping[GuardedTarget, str], execution: str) -> str:
    """Return who else holds targets of a runbook, as a sentence; empty where nobody does."""
    others = [target for target in runbook.guards.targets if leases.get(target, execution) != execution]
    return ", ".join(f"{target.value} is held by {leases[target]}" for target in others)


def not_held(runbook: Runbook, leases: Mapping[GuardedTarget, str], execution: str) -> str:
    """Return what an execution has to wait for before it acts; empty where it holds all of its targets."""
    missing = [target for target in runbook.guards.targets if leases.get(target) != execution]
    named = [f"the Lease of {target.value}" for target in missing]
    return foreign_holders(runbook, leases, execution) or ", ".join(named)
