from typing import Any

import pytest

from photo_operator.components.catalog import SCALED, Component, ScaledWorkerRecord
from photo_operator.crds.platform import Platform, decode_platform
from photo_operator.scaling.model import Policy, Scheduled
from photo_operator.scaling.policy import policy_of

RECORDS_OF_SCALED = {worker.component: worker for worker in SCALED}
FANOUT, ENCODE = RECORDS_OF_SCALED[Component.FANOUT], RECORDS_OF_SCALED[Component.IMAGE_ENCODE]
# 2026-11-27 is a Friday
FRIDAYS = {"schedule": "0 18 * * FRI", "durationMinutes": 120, "replicas": 4, "reason": "the show"}
LONGER = {"schedule": "0 17 * * FRI", "durationMinutes": 600, "replicas": 3, "reason": "the evening"}


def _platform(manifest: dict[str, Any], *events: dict[str, Any]) -> Platform:
    manifest["spec"]["workers"] = {
        "fanout": {"replicas": {"min": 2, "max": 6}, "drainTargetSeconds": 10, "scheduledEvents": list(events)},
        "imageEncode": {"replicas": {"min": 1, "max": 3}, "drainTargetSeconds": 90},
    }
    return decode_platform(manifest)


@pytest.mark.parametrize(
    ("scaled", "policy"),
    [pytest.param(FANOUT, Policy(2, 6, 10), id="fanout"), pytest.param(ENCODE, Policy(1, 3, 90), id="imageEncode")],
    ids=["fanout", "imageEncode"],
)
def test_each_has_the_policy_that_its_spec_states(
    manifest: dict[str, Any], scaled: ScaledWorkerRecord, policy: Policy
) -> None:
    assert policy_of(_platform(manifest), scaled, "2026-11-27T12:00:00Z") == policy


@pytest.mark.parametrize(
    ("now", "scheduled"),
    [
        pytest.param("2026-11-27T16:59:59Z", None, id="before both"),
        pytest.param(
            "2026-11-27T17:00:00Z", Scheduled(3, "the evening (until 2026-11-28T03:00:00Z)"), id="the longer alone"
        ),
        pytest.param("2026-11-27T18:00:00Z", Scheduled(4, "the show (until 2026-11-27T20:00:00Z)"), id="both"),
        pytest.param(
            "2026-11-27T20:00:00Z",
            Scheduled(3, "the evening (until 2026-11-28T03:00:00Z)"),
            id="the longer alone again",
        ),
        pytest.param("2026-11-28T03:00:00Z", None, id="after both"),
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
