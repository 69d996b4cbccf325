"""`photoplatform explain mode`: how feeds are served, and what decided it."""

import msgspec

from photo_core.domain.runtime_policy import POLICY_KEY, RuntimePolicy
from photo_operator.cli.snapshot import PlatformSnapshot
from photo_operator.cli.views.base import View
from photo_operator.cli.views.executions import ExecutionView, build_execution_view, is_running
from photo_operator.crds.platform import Manifest, ModeOfFeeds

FEEDS: dict[str, str] = {
    "Push": "read from feed heads in Redis, merged with timelines of pulled authors",
    "Pull": "read from author timelines, without Redis",
    "Rebuilding": "read from Redis where heads are complete; others are rebuilt when they are read",
    "Stale": "read from Redis alone, because Cassandra or PostgreSQL does not answer",
}
STALE = "pods answer at least half of all feed pages as stale; see EnginesReachable for the reason"
ORDINARY = RuntimePolicy()


class ExplainedMode(View, frozen=True):
    """`photoplatform explain mode`."""

    platform: str
    mode: str
    meaning: str
    degraded_level: int
    decided_by: list[str]  # sentences, the most important first
    told_to_pods: dict[str, str]  # fields of the runtime policy that differ from the default
    running: list[ExecutionView]


def build_explained_mode(snapshot: PlatformSnapshot, now: str) -> ExplainedMode:
    """Return how feeds are served and what decided it."""
    platform, status = snapshot.platform, snapshot.platform.status
    running = [build_execution_view(found, now) for found in snapshot.executions if is_running(found)]
    mode = status.get("feedMode", "unknown")
    return ExplainedMode(
        platform=platform.metadata.name,
        mode=mode,
        meaning=FEEDS.get(mode, ""),
        degraded_level=status.get("degradedLevel", 0),
        decided_by=_deciders(mode, platform.spec.feed.mode, running),
        told_to_pods=_told(snapshot.policy),
        running=running,
    )


def _deciders(served: str, wanted: ModeOfFeeds, running: list[ExecutionView]) -> list[str]:
    stale = [STALE] if served == "Stale" else []
    if wanted is not ModeOfFeeds.AUTO:
        return [*stale, f"spec.feed.mode is {wanted.value}, so no runbook changes it"]
    incidents = [f"{found.name} is {found.phase}: {found.explanation}" for found in running]
    return [*stale, *(incidents or ["spec.feed.mode is Auto, and no runbook is running"])]


def _told(config_map: Manifest | None) -> dict[str, str]:
    text = ((config_map or {}).get("data") or {}).get(POLICY_KEY)
    if text is None:
        return {}
    policy = msgspec.json.decode(text, type=RuntimePolicy)
    said = msgspec.to_builtins(policy)
    ordinary = msgspec.to_builtins(ORDINARY)
    return {name: str(value) for name, value in said.items() if name == "leader_epoch" or value != ordinary[name]}
