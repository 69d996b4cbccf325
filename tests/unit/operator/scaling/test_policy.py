from typing import Any

import pytest

from photo_core.messages.topics import Group, Topic
from photo_operator.components.catalog import SCALED, Component, ScaledWorkerRecord
from photo_operator.crds.platform import Platform, decode_platform
from photo_operator.crds.runbook import GuardedTarget
from photo_operator.scaling.model import Policy, Scheduled
from photo_operator.scaling.policy import policy_of

FANOUT, ENCODE = SCALED
# 2026-11-27 is a Friday
FRIDAYS = {"schedule": "0 18 * * FRI", "durationMinutes": 120, "replicas": 4, "reason": "the show"}
LONGER = {"schedule": "0 17 * * FRI", "durationMinutes": 600, "replicas": 3, "reason": "the evening"}


def _platform(manifest: dict[str, Any], *events: dict[str, Any]) -> Platform:
    manifest["spec"]["workers"] = {
        "fanout": {"replicas": {"min": 2, "max": 6}, "drainTargetSeconds": 10, "scheduledEvents": list(events)},
        "imageEncode": {"replicas": {"min": 1, "max": 3}, "drainTargetSeconds": 90},
    }
    return decode_platform(manifest)


def test_what_is_followed() -> None:
    assert [(each.component, each.topic, each.group, each.target) for each in SCALED] == [
        (Component.FANOUT, Topic.FEED_FANOUT, Group.FANOUT_WORKERS, GuardedTarget.FANOUT),
        (Component.IMAGE_ENCODE, Topic.MEDIA_UPLOADED, Group.IMAGE_ENCODE, GuardedTarget.ENCODE),
    ]


@pytest.mark.parametrize(("scaled", "policy"), [(FANOUT, Policy(2, 6, 10)), (ENCODE, Policy(1, 3, 90))])
def test_each_has_the_policy_that_its_spec_states(
    manifest: dict[str, Any], scaled: ScaledWorkerRecord, policy: Policy
) -> None:
    assert policy_of(_platform(manifest), scaled, "2026-11-27T12:00:00Z") == policy


@pytest.mark.parametrize(
    ("now", "scheduled"),
    [
        ("2026-11-27T16:59:59Z", None),
        ("2026-11-27T17:00:00Z", Scheduled(3, "the evening (until 2026-11-28T03:00:00Z)")),
        ("2026-11-27T18:00:00Z", Scheduled(4, "the show (until 2026-11-27T20:00:00Z)")),
        ("2026-11-27T20:00:00Z", Scheduled(3, "the evening (until 2026-11-28T03:00:00Z)")),
        ("2026-11-28T03:00:00Z", None),
    ],
)
def test_of_the_events_that_are_on_the_largest_counts(
    manifest: dict[str, Any], now: str, scheduled: Scheduled | None
) -> None:
    platform = _platform(manifest, LONGER, FRIDAYS)
    assert policy_of(platform, FANOUT, now) == Policy(2, 6, 10, scheduled)
    assert policy_of(platform, ENCODE, now).scheduled is None


@pytest.mark.parametrize(("replicas", "least"), [(1, 2), (4, 4), (9, 6)])
def test_an_event_raises_the_floor_inside_of_the_bounds(manifest: dict[str, Any], replicas: int, least: int) -> None:
    platform = _platform(manifest, FRIDAYS | {"replicas": replicas})
    assert policy_of(platform, FANOUT, "2026-11-27T18:30:00Z").least == least
