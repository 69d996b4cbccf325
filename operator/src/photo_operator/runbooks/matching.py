"""Which incident the signals speak of, if any. Pure; called by `reconcile`."""

from msgspec import Struct

from photo_operator.observe.feed_cache import Signals

FEED_CACHE_DOWN = "FeedCacheDown"
PROBE_ALONE_SECONDS = 5.0  # where no pod contradicts the probe
PROBE_WITH_FAILURES_SECONDS = 2.0  # one slow answer on a busy machine is no incident
BREAKER_ALONE_SECONDS = 10.0  # where the probe contradicts the pods: the pods are who serve


class Incident(Struct, frozen=True):
    """A runbook that should run, and what was seen."""

    runbook: str
    summary: str


def match(signals: Signals) -> Incident | None:
    """Return the incident, or None.

    Pods' failures count with a probe that fails too; all masters replaced counts alone, since they took acknowledged
    appends with them; a probe counts alone where no pod reads from Redis, a breaker that stays open counts alone too.
    """
    summary = _summary(signals)
    return Incident(FEED_CACHE_DOWN, summary) if summary else None


def _summary(signals: Signals) -> str:
    if signals.masters_lost:
        return "every Redis master is another process than a moment ago"
    down = signals.probe_seconds if signals.probed and not signals.probe_good else 0.0
    if signals.failures and down >= PROBE_WITH_FAILURES_SECONDS:
        return f"{signals.failures:.0f} calls to Redis failed in {signals.pods_answering} pods, and the probe fails"
    if signals.breaker_seconds >= BREAKER_ALONE_SECONDS:
        return f"{signals.breakers_open} pods have not asked Redis for {signals.breaker_seconds:.0f} s"
    if down >= PROBE_ALONE_SECONDS and not signals.hits:
        return f"Redis has not answered for {down:.0f} s, and no pod reads from it"
    return ""
