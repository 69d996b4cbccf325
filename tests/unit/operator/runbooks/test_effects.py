import msgspec
import pytest

from photo_core.domain.runtime_policy import FeedMode, ReadConsistency, RuntimePolicy, UploadMode
from photo_operator.components.catalog import Component
from photo_operator.components.spec import replicas_of
from photo_operator.crds.execution import (
    DecisionView,
    EntryKind,
    Execution,
    ExecutionSpec,
    ExecutionStatus,
    ExecutionTrigger,
    JournalEntry,
    Phase,
    Shadow,
    TriggerSource,
)
from photo_operator.crds.platform import Metadata, Platform
from photo_operator.crds.runbook import Action, FeedModeName, Leg, Parameters, Runbook, Step
from photo_operator.runbooks.effects import POLICY_CHANGES, Effects, base_policy, build_effects
from photo_operator.runbooks.execution import build_plan

STEPS = {
    Action.SET_FEED_MODE: Parameters(mode=FeedModeName.PULL),
    Action.SET_DEGRADED_LEVEL: Parameters(level=3),
    Action.SET_READ_CONSISTENCY: Parameters(consistency=ReadConsistency.LOCAL_ONE),
    Action.SKIP_OLD_POSTS: Parameters(older_than_seconds=60),
    Action.SPLIT_CELEBRITIES: Parameters(threshold=100),
    Action.LIMIT_POSTING: Parameters(per_minute=2),
    Action.PAUSE_UPLOADS: Parameters(),
    Action.RECLAIM_MEDIA: Parameters(after_seconds=30),
    Action.SCALE_FANOUT: Parameters(replicas="max"),
}
SEEN: dict[Action, dict[str, object]] = {
    Action.SET_FEED_MODE: {"feed_mode": FeedMode.PULL, "degraded_level": 1},
    Action.SET_DEGRADED_LEVEL: {"degraded_level": 3},
    Action.SET_READ_CONSISTENCY: {"read_consistency": ReadConsistency.LOCAL_ONE},
    Action.SKIP_OLD_POSTS: {"skip_fanout_after_seconds": 60},
    Action.SPLIT_CELEBRITIES: {"celebrity_threshold": 100},
    Action.LIMIT_POSTING: {"posts_per_minute": 2},
    Action.PAUSE_UPLOADS: {"uploads": UploadMode.PAUSED},
    Action.RECLAIM_MEDIA: {"reclaim_media_after_seconds": 30},
    Action.SCALE_FANOUT: {},
}


def execution(runbooks: dict[str, Runbook], name: str, *steps: Step, **status: object) -> Execution:
    runbook = msgspec.structs.replace(runbooks["FeedCacheDown"], steps=steps)
    journal = tuple(
        JournalEntry("t", Phase.MITIGATING, EntryKind.INTENT, "", DecisionView("t"), step.name) for step in steps
    )
    fields = {"phase": Phase.MITIGATING, "plan": build_plan(runbook), "journal": journal} | status
    created = Metadata(name, "photos", "uid", creation_timestamp=name)
    spec = ExecutionSpec("demo", "FeedCacheDown", ExecutionTrigger(TriggerSource.PROBE, "f"))
    return Execution(created, spec, ExecutionStatus(**fields))  # type: ignore[arg-type]


def step(action: Action, parameters: Parameters | None = None) -> Step:
    return Step(f"{action.value}-{parameters}", Leg.MITIGATE, action, "why", parameters or STEPS[action])


def test_every_action_has_an_effect() -> None:
    assert set(POLICY_CHANGES) | {Action.SCALE_FANOUT} == set(Action) == set(STEPS)


@pytest.mark.parametrize("action", list(Action))
def test_a_step_in_force_changes_its_own_and_nothing_else(
    platform: Platform, runbooks: dict[str, Runbook], action: Action
) -> None:
    found = build_effects(platform.spec, [execution(runbooks, "a", step(action))])
    assert found.policy == msgspec.structs.replace(base_policy(platform.spec), **SEEN[action])
    most = replicas_of(platform.spec, Component.FANOUT).max
    assert found.fanout_floor == (most if action is Action.SCALE_FANOUT else None)


def test_the_later_of_two_wins_and_of_levels_the_highest(platform: Platform, runbooks: dict[str, Runbook]) -> None:
    pull = step(Action.SET_FEED_MODE)
    rebuild = step(Action.SET_FEED_MODE, Parameters(mode=FeedModeName.REBUILDING))
    low, high = (step(Action.SET_DEGRADED_LEVEL, Parameters(level=level)) for level in (1, 2))
    found = build_effects(platform.spec, [execution(runbooks, "b", rebuild, low), execution(runbooks, "a", pull, high)])
    assert (found.policy.feed_mode, found.policy.degraded_level) == (FeedMode.REBUILDING, 2)


def test_what_a_person_fixed_stands_above_all(platform: Platform, runbooks: dict[str, Runbook]) -> None:
    fixed = msgspec.structs.replace(
        platform.spec, degraded_level=2, feed=msgspec.convert({"mode": "Push"}, type(platform.spec.feed))
    )
    found = build_effects(fixed, [execution(runbooks, "a", step(Action.SET_FEED_MODE))])
    assert (found.policy.feed_mode, found.policy.degraded_level) == (FeedMode.PUSH, 2)


@pytest.mark.parametrize(
    "status",
    [pytest.param({"phase": Phase.SUCCEEDED}, id="ended"), pytest.param({"shadow": Shadow()}, id="only watches")],
)
def test_what_has_ended_or_only_watches_has_nothing_in_force(
    platform: Platform, runbooks: dict[str, Runbook], status: dict[str, object]
) -> None:
    found = build_effects(platform.spec, [execution(runbooks, "a", step(Action.SET_FEED_MODE), **status)])
    assert found == Effects(base_policy(platform.spec))


@pytest.mark.parametrize(
    ("policy", "fanout", "seen"),
    [
        pytest.param(RuntimePolicy(leader_epoch=7), 3, True, id="policy and pods"),
        pytest.param(RuntimePolicy(degraded_level=1), 3, False, id="another policy"),
        pytest.param(None, 3, False, id="no policy"),
        pytest.param(RuntimePolicy(), 2, False, id="a pod too few"),
    ],
)
def test_effects_are_seen_once_policy_and_pods_are_as_they_shall_be(
    policy: RuntimePolicy | None,
    fanout: int,
    seen: bool,  # noqa: FBT001
) -> None:
    assert Effects(RuntimePolicy(), fanout_floor=3).seen_in(policy, fanout) is seen
