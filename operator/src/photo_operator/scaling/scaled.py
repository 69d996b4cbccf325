"""The closed list of what the scaler follows: each worker with its group, its target and its bounds. Pure.

To have another worker scaled, add it here and give its spec `drainTargetSeconds` in the CRD.
"""

from collections.abc import Callable

from msgspec import Struct

from photo_core.messages.topics import Group, Topic
from photo_operator.components.catalog import Component
from photo_operator.crds.maintenance import open_window
from photo_operator.crds.platform import Platform, PlatformSpec, ScaledWorker
from photo_operator.crds.runbook import GuardedTarget
from photo_operator.scaling.model import Policy, Scheduled


class Scaled(Struct, frozen=True):
    """A worker whose number follows its lag.

    Attributes:
        component: whose Deployment.
        topic: what it reads.
        group: as which it reads.
        target: what runbooks hold when they act on it.
        stated: what the spec says of it.
    """

    component: Component
    topic: Topic
    group: Group
    target: GuardedTarget
    stated: Callable[[PlatformSpec], ScaledWorker]


SCALED: tuple[Scaled, ...] = (
    Scaled(
        Component.FANOUT,
        Topic.FEED_FANOUT,
        Group.FANOUT_WORKERS,
        GuardedTarget.FANOUT,
        lambda spec: spec.workers.fanout,
    ),
    Scaled(
        Component.IMAGE_ENCODE,
        Topic.MEDIA_UPLOADED,
        Group.IMAGE_ENCODE,
        GuardedTarget.ENCODE,
        lambda spec: spec.workers.image_encode,
    ),
)


def policy_of(platform: Platform, scaled: Scaled, now: str) -> Policy:
    """Return what the spec allows now; `now` is RFC 3339 UTC."""
    stated = scaled.stated(platform.spec)
    events = [(event.replicas, event, open_window(event, now)) for event in stated.scheduled_events]
    on = [(replicas, event, window) for replicas, event, window in events if window is not None]
    largest = max(on, key=lambda found: found[0], default=None)
    scheduled = None
    if largest is not None:
        replicas, event, window = largest
        scheduled = Scheduled(replicas, f"{event.reason} (until {window.until})")
    return Policy(stated.replicas.min, stated.replicas.max, stated.drain_target_seconds, scheduled)
