"""Which incident the signals speak of, if any. Pure; called by `reconcile`."""

from msgspec import Struct

from photo_operator.observe.feed_cache import Signals, why_lost

FEED_CACHE_DOWN = "FeedCacheDown"


class Incident(Struct, frozen=True):
    """A runbook that should run, and what was seen."""

    runbook: str
    summary: str


def match(signals: Signals) -> Incident | None:
    """Return the incident, or None."""
    summary = why_lost(signals)
    return Incident(FEED_CACHE_DOWN, summary) if summary else None
