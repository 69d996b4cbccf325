"""The base class of views, and durations in readable form. Used by the builders of this folder."""

from msgspec import Struct

from photo_operator.times import seconds_between


class View(Struct, frozen=True, rename="camel", kw_only=True):
    """Base class of all output: camelCase in JSON; fields are never removed or renamed."""


def elapsed(before: str | None, now: str) -> float | None:
    """Return the seconds between two RFC 3339 times; None if the first is missing."""
    return seconds_between(before, now) if before else None


def ago(seconds: float | None) -> str:
    """Return a duration in its two largest units, or an empty string if unknown."""
    if seconds is None:
        return ""
    left = max(0, int(seconds))
    days, hours, minutes = left // 86_400, left // 3_600 % 24, left // 60 % 60
    if days:
        return f"{days}d{hours}h"
    if hours:
        return f"{hours}h{minutes}m"
    return f"{minutes}m{left % 60}s" if minutes else f"{left}s"
