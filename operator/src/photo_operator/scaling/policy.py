"""What the spec allows a scaled worker now: bounds, drain target, and the scheduled event that is on. Pure.

Called by `scaler` for every worker of `components.catalog.SCALED`.
"""

from photo_operator.components.catalog import ScaledWorkerRecord
from photo_operator.components.spec import drain_target_of, replicas_of, worker_spec
from photo_operator.crds.maintenance import open_window
from photo_operator.crds.platform import Platform
from photo_operator.scaling.model import Policy, Scheduled


def policy_of(platform: Platform, worker: ScaledWorkerRecord, now: str) -> Policy:
    """Return what the spec allows now; `now` is RFC 3339 UTC."""
    spec = platform.spec
    bounds, events = replicas_of(spec, worker.component), worker_spec(spec, worker).scheduled_events
    on = [(event, window) for event in events if (window := open_window(event, now)) is not None]
    largest = max(on, key=lambda found: found[0].replicas, default=None)
    scheduled = None
    if largest is not None:
        event, window = largest
        scheduled = Scheduled(event.replicas, f"{event.reason} (until {window.until})")
    return Policy(bounds.min, bounds.max, drain_target_of(spec, worker), scheduled)
