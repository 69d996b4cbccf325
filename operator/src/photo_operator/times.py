"""Times as Kubernetes writes them. The clock itself is photo_core's."""

from datetime import UTC, datetime

from photo_core.clock import Clock


def rfc3339(clock: Clock) -> str:
    """Return the time in whole seconds, as `metav1.Time`."""
    return datetime.fromtimestamp(clock.now_ms() / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc3339_micro(clock: Clock) -> str:
    """Return the time in microseconds, as `metav1.MicroTime`."""
    return datetime.fromtimestamp(clock.now_ms() / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
