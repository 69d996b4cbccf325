"""What is in force: from the spec and the journals of all executions to what the cluster has to look like. Pure.

Called by `remediation` for the runtime policy and the Leases to write, by `viewing` for what an execution waits for,
and by `scaling` for the fewest fan-out workers. A Lease holds each target for one execution at a time.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec import Struct

from photo_core.domain.runtime_policy import FeedMode, RuntimePolicy, UploadMode
from photo_operator.components.catalog import Component
from photo_operator.components.spec import replicas_of
from photo_operator.crds.execution import Execution
from photo_operator.crds.metadata import child_metadata, instance_labels
from photo_operator.crds.platform import Manifest, ModeOfFeeds, Platform, PlatformSpec
from photo_operator.crds.runbook import Action, GuardedTarget, Parameters, Runbook, Step
from photo_operator.runbooks.journal import active, acts, steps_in_force

# the degraded level that comes with a feed mode
LEVELS = {FeedMode.PUSH: 0, FeedMode.REBUILDING: 1, FeedMode.PULL: 1}
MAX = "max"  # of ScaleFanout: what the spec allows


class Effects(Struct, frozen=True):
    """What the cluster has to look like: the policy without its epoch, and the fewest fan-out workers."""

    policy: RuntimePolicy
    fanout_floor: int | None = None

    def seen_in(self, policy: RuntimePolicy | None, fanout: int) -> bool:
        """Whether the cluster looks like it; `fanout` is the number of fan-out workers that is asked for now."""
        if policy is None or msgspec.structs.replace(policy, leader_epoch=0) != self.policy:
            return False
        return self.fanout_floor is None or fanout >= self.fanout_floor


def base_policy(spec: PlatformSpec) -> RuntimePolicy:
    """Return the policy of a platform where nothing is in force."""
    mode = FeedMode.PULL if spec.feed.mode is ModeOfFeeds.PULL else FeedMode.PUSH
    return RuntimePolicy(mode, max(spec.degraded_level, LEVELS[mode]))


def build_effects(spec: PlatformSpec, executions: Iterable[Execution]) -> Effects:
    """Return what all executions have in force: the later one wins, of degraded levels the highest."""
    effects = Effects(base_policy(spec))
    for execution in active(executions):
        for step in steps_in_force(execution.status):
            effects = _with_step(effects, step, spec)
    policy = effects.policy
    if spec.feed.mode is not ModeOfFeeds.AUTO:
        policy = msgspec.structs.replace(policy, feed_mode=base_policy(spec).feed_mode)
    level = max(policy.degraded_level, LEVELS[policy.feed_mode], spec.degraded_level)
    return msgspec.structs.replace(effects, policy=msgspec.structs.replace(policy, degraded_level=level))


def _with_step(effects: Effects, step: Step, spec: PlatformSpec) -> Effects:
    given = step.parameters
    if step.action is Action.SCALE_FANOUT:
        return msgspec.structs.replace(effects, fanout_floor=_floor(given, spec))
    policy = msgspec.structs.replace(effects.policy, **POLICY_CHANGES[step.action](given, effects.policy))
    return msgspec.structs.replace(effects, policy=policy)


def _floor(given: Parameters, spec: PlatformSpec) -> int:
    most = replicas_of(spec, Component.FANOUT).max
    return most if given.replicas in (MAX, None) else min(int(given.replicas or most), most)


# action -> what it changes of the policy; ScaleFanout is the scaler's
POLICY_CHANGES: dict[Action, Callable[[Parameters, RuntimePolicy], dict[str, object]]] = {
    Action.SET_FEED_MODE: lambda given, _: {"feed_mode": given.mode.mode} if given.mode else {},
    Action.SET_DEGRADED_LEVEL: lambda given, policy: {"degraded_level": max(policy.degraded_level, given.level or 0)},
    Action.SET_READ_CONSISTENCY: lambda given, _: {"read_consistency": given.consistency},
    Action.SKIP_OLD_POSTS: lambda given, _: {"skip_fanout_after_seconds": given.older_than_seconds},
    Action.SPLIT_CELEBRITIES: lambda given, _: {"celebrity_threshold": given.threshold},
    Action.LIMIT_POSTING: lambda given, _: {"posts_per_minute": given.per_minute},
    Action.PAUSE_UPLOADS: lambda *_: {"uploads": UploadMode.PAUSED},
    Action.RECLAIM_MEDIA: lambda given, _: {"reclaim_media_after_seconds": given.after_seconds},
}


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


def lease_holders(leases: Iterable[Manifest], platform: str) -> dict[GuardedTarget, str]:
    """Return who holds which target of a platform; a Lease that somebody else created counts as well."""
    holders = {found["metadata"]["name"]: found.get("spec", {}).get("holderIdentity") or "" for found in leases}
    named = ((target, holders.get(lease_name(platform, target), "")) for target in GuardedTarget)
    return {target: holder for target, holder in named if holder}


def unneeded_leases(leases: Iterable[Manifest], platform: str, executions: Iterable[Execution]) -> tuple[Manifest, ...]:
    """Return the Leases that this operator created for a platform's targets and that no acting execution needs."""
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


def foreign_holders(runbook: Runbook, holders: Mapping[GuardedTarget, str], execution: str) -> str:
    """Return who else holds targets of a runbook, as a sentence; empty where nobody does."""
    others = [target for target in runbook.guards.targets if holders.get(target, execution) != execution]
    return ", ".join(f"{target.value} is held by {holders[target]}" for target in others)


def missing_leases(runbook: Runbook, holders: Mapping[GuardedTarget, str], execution: str) -> str:
    """Return what an execution has to wait for before it acts; empty where it holds all of its targets."""
    missing = [target for target in runbook.guards.targets if holders.get(target) != execution]
    named = [f"the Lease of {target.value}" for target in missing]
    return foreign_holders(runbook, holders, execution) or ", ".join(named)
