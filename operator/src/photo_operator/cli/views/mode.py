"""`photoplatform explain mode`: how feeds are served, and who says so."""

import msgspec

from photo_core.domain.runtime_policy import POLICY_KEY, RuntimePolicy
from photo_operator.cli.picture import Picture
from photo_operator.cli.views.base import View
from photo_operator.cli.views.executions import ExecutionView, build_execution_view, is_running
from photo_operator.crds.platform import Manifest, ModeOfFeeds

FEEDS: dict[str, str] = {
    "Push": "from heads in Redis, merged with the authors who are pulled",
    "Pull": "from author timelines; Redis is not asked",
    "Rebuilding": "whole heads from Redis; others are rebuilt as they are read",
    "Stale": "from Redis alone; the stores of truth do not answer",
}
ORDINARY = RuntimePolicy()


class ExplainedMode(View, frozen=True):
    """`photoplatform explain mode`."""

    platform: str
    mode: str
    meaning: str
    degraded_level: int
    decided_by: list[str]  # sentences, what counts most first
    told_to_pods: dict[str, str]  # what the runtime policy turns down
    running: list[ExecutionView]


def build_explained_mode(picture: Picture, now: str) -> ExplainedMode:
    """Return how feeds are served and why."""
    platform, status = picture.platform, picture.platform.status
    running = [build_execution_view(found, now) for found in picture.executions if is_running(found)]
    mode = status.get("feedMode", "unknown")
    return ExplainedMode(
        platform=platform.metadata.name,
        mode=mode,
        meaning=FEEDS.get(mode, ""),
        degraded_level=status.get("degradedLevel", 0),
        decided_by=_deciders(platform.spec.feed.mode, running),
        told_to_pods=_told(picture.policy),
        running=running,
    )


def _deciders(mode: ModeOfFeeds, running: list[ExecutionView]) -> list[str]:
    if mode is not ModeOfFeeds.AUTO:
        return [f"spec.feed.mode is {mode.value}: no runbook changes it"]
    incidents = [f"{found.name} is {found.phase}: {found.explanation}" for found in running]
    return incidents or ["spec.feed.mode is Auto and no runbook is under way: as without an incident"]


def _told(config_map: Manifest | None) -> dict[str, str]:
    text = ((config_map or {}).get("data") or {}).get(POLICY_KEY)
    if text is None:
        return {}
    policy = msgspec.json.decode(text, type=RuntimePolicy)
    said = msgspec.to_builtins(policy)
    ordinary = msgspec.to_builtins(ORDINARY)
    return {name: str(value) for name, value in said.items() if name == "leader_epoch" or value != ordinary[name]}
