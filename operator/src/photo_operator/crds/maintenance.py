"""Which maintenance window is open, and which scheduled event is on. Pure.

Asked by the guards before a runbook starts, by `status`, and by `scaling.policy`. A maintenance window holds
remediation only: no runbook starts by itself while one is open. It stops neither reconciliation nor scaling;
`spec.pauseRequests` does.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cronsim import CronSim
from msgspec import Struct

from photo_operator.crds.platform import MaintenanceWindow, ScheduledEvent

RFC3339 = "%Y-%m-%dT%H:%M:%SZ"


class Window(Struct, frozen=True):
    """A window that is open; times are RFC 3339 UTC."""

    reason: str
    since: str
    until: str


def maintenance_at(windows: Iterable[MaintenanceWindow], now: str) -> Window | None:
    """Return the open window that closes last, or None; `now` is RFC 3339 UTC."""
    found = [open_window(window, now) for window in windows]
    return max((window for window in found if window is not None), key=lambda window: window.until, default=None)


def open_window(window: MaintenanceWindow | ScheduledEvent, now: str) -> Window | None:
    """Return a window where it is open now."""
    moment = datetime.fromisoformat(now)
    since = _last_start(window.schedule, moment)
    until = since + timedelta(minutes=window.duration_minutes)
    if moment >= until:
        return None
    return Window(window.reason, since.strftime(RFC3339), until.strftime(RFC3339))


def _last_start(schedule: str, now: datetime) -> datetime:
    """Return when a schedule struck last, this very second included; the CRD promises that it does strike."""
    after = now.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
    return next(CronSim(schedule, after, reverse=True))
