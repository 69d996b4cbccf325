"""What is in force: from the spec and the journals of all executions to what the cluster shall look like. Pure.

Called by `remediation` for what to write, and by `scaling` for the floor below which it must not go.
"""

from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from photo_core.domain.runtime_policy import FeedMode, RuntimePolicy, UploadMode
from photo_operator.components.catalog import Component
from photo_operator.components.spec import replicas_of
from photo_operator.crds.execution import Execution
from photo_operator.crds.platform import ModeOfFeeds, PlatformSpec
from photo_operator.crds.runbook import Action, Parameters, Step
from photo_operator.runbooks.journal import in_force
from photo_operator.runbooks.phases import active

LEVELS = {FeedMode.PUSH: 0, FeedMode.REBUILDING: 1, FeedMode.PULL: 1, FeedMode.STALE: 3}
MAX = "max"  # of ScaleFanout: what the spec allows


class Effects(Struct, frozen=True):
    """What the cluster shall look like: the policy without its epoch, and the least number of fan-out workers."""

    policy: RuntimePolicy
    fanout_floor: int | None = None

    def seen_in(self, policy: RuntimePolicy | None, fanout: int) -> bool:
        """Whether it does; `fanout` is the number of workers that is asked for now."""
        if policy is None or msgspec.structs.replace(policy, leader_epoch=0) != self.policy:
            return False
        return self.fanout_floor is None or fanout >= self.fanout_floor


def base(spec: PlatformSpec) -> RuntimePolicy:
    """Return the policy of a platform where nothing is in force."""
    mode = FeedMode.PULL if spec.feed.mode is ModeOfFeeds.PULL else FeedMode.PUSH
    return RuntimePolicy(mode, max(spec.degraded_level, LEVELS[mode]))


def build_effects(spec: PlatformSpec, executions: Iterable[Execution]) -> Effects:
    """Return what is in force by all executions, the oldest first: the later wins, of levels the highest."""
    effects = Effects(base(spec))
    for execution in active(executions):
        for step in in_force(execution.status):
            effects = _joined(effects, step, spec)
    policy = effects.policy
    if spec.feed.mode is not ModeOfFeeds.AUTO:
        policy = msgspec.structs.replace(policy, feed_mode=base(spec).feed_mode)
    level = max(policy.degraded_level, LEVELS[policy.feed_mode], spec.degraded_level)
    return msgspec.structs.replace(effects, policy=msgspec.structs.replace(policy, degraded_level=level))


def _joined(effects: Effects, step: Step, spec: PlatformSpec) -> Effects:
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
