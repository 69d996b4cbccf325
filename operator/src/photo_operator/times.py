"""Times as Kubernetes writes them: RFC 3339 in UTC. The clock itself is photo_core's."""

from datetime import UTC, datetime

from photo_core.clock import Clock


def rfc3339(clock: Clock) -> str:
    """Return the time in whole seconds, as `metav1.Time`."""
    return datetime.fromtimestamp(clock.now_ms() / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc3339_micro(clock: Clock) -> str:
    """Return the time in microseconds, as `metav1.MicroTime`."""
    return datetime.fromtimestamp(clock.now_ms() / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seconds_between(before: str, after: str) -> float:
    """Return the seconds from one RFC 3339 time to another; negative where the second is the earlier one."""
    return (datetime.fromisoformat(after) - datetime.fromisoformat(before)).total_seconds()


def seconds_since(before: str | None, now: str) -> float:
    """Return the seconds from an RFC 3339 time until now, 0 where the time is missing."""
    return 0.0 if before is None else seconds_between(before, now)
