"""The readings that runbooks are judged by, built from what was sampled in the background. Pure; called by `samples`.

What is not known is left out: no probe has ended, no pod answers, the lag could not be counted.
"""

from msgspec import Struct

from photo_operator.observe.feed_cache import Signals, why_lost
from photo_operator.observe.pod_counts import PodSums
from photo_operator.signals import Readings, Signal

NEVER_SECONDS = 86_400.0  # a drain at which nothing moves


class Waiting(Struct, frozen=True):
    """What a consumer group has not done yet; times are in seconds."""

    messages: int
    oldest: float
    stuck: float
    drain: float | None = None  # None where nothing moves


class Probed(Struct, frozen=True):
    """What the operator's probe of an engine found; times are in seconds."""

    good: bool
    bad_for: float
    slow: float | None  # most of the last minute's probes took no longer


class Samples(Struct, frozen=True):
    """Everything that readings are built from; None where it is not known."""

    feed_cache: Signals = Signals()
    pods: PodSums | None = None
    fanout: Waiting | None = None
    encode: Waiting | None = None
    database: Probed | None = None
    object_store: Probed | None = None
    api_available: int = 0


class Seen(Struct, frozen=True):
    """The readings, and what was seen in words where the number alone would not tell."""

    readings: Readings
    sentences: dict[Signal, str]


def build_seen(samples: Samples) -> Seen:
    """Return the readings and the sentences."""
    lost = why_lost(samples.feed_cache)
    return Seen(build_readings(samples), {Signal.FEED_CACHE_LOST: lost} if lost else {})


def build_readings(samples: Samples) -> dict[Signal, float]:
    """Return what is known as numbers."""
    found: dict[Signal, float | None] = {
        **_feed_cache(samples.feed_cache),
        **_pods(samples.pods),
        **_fanout(samples),
        **_media(samples),
        **_database(samples.database),
        **_object_store(samples.object_store),
        Signal.API_AVAILABLE: float(samples.api_available),
    }
    return {signal: value for signal, value in found.items() if value is not None}


def _feed_cache(signals: Signals) -> dict[Signal, float | None]:
    answers = signals.pods_answering > 0
    rebuilds = max(signals.rebuilds_running, signals.rebuild_remaining)
    return {
        Signal.FEED_CACHE_LOST: float(bool(why_lost(signals))) if signals.probed or answers else None,
        Signal.FEED_CACHE_PROBE_GOOD: float(signals.probe_good) if signals.probed else None,
        Signal.FEED_CACHE_FAILURES: signals.failures if answers else None,
        Signal.FEED_CACHE_BREAKERS_OPEN: float(signals.breakers_open) if answers else None,
        Signal.FEED_REBUILDS_WAITING: rebuilds if answers else None,
    }


def _pods(sums: PodSums | None) -> dict[Signal, float | None]:
    if sums is None:
        return {}
    return {
        Signal.DATABASE_FAILURES: sums.database_failures,
        Signal.DATABASE_BREAKERS_OPEN: float(sums.database_breakers_open),
        Signal.DATABASE_READ_P99_SECONDS: sums.database_read_p99,
        Signal.OBJECT_STORE_FAILURES: sums.object_store_failures,
        Signal.CELEBRITY_SHARE: sums.planned_of_one / sums.planned if sums.planned else 0.0,
        Signal.CELEBRITY_DELIVERIES_PER_SECOND: sums.planned_of_one / 60,
        Signal.PLANNED_DELIVERIES_PER_SECOND: sums.planned / 60,
    }


def _fanout(samples: Samples) -> dict[Signal, float | None]:
    waiting = samples.fanout
    if waiting is None:
        return {}
    if samples.feed_cache.probed and not samples.feed_cache.probe_good:
        return {Signal.FANOUT_LAG: float(waiting.messages)}  # the workers wait for Redis: how long says nothing of them
    return {
        Signal.FANOUT_LAG: float(waiting.messages),
        Signal.FANOUT_OLDEST_SECONDS: waiting.oldest,
        Signal.FANOUT_DRAIN_SECONDS: NEVER_SECONDS if waiting.drain is None else waiting.drain,
    }


def _media(samples: Samples) -> dict[Signal, float | None]:
    waiting, sums = samples.encode, samples.pods
    lag: dict[Signal, float | None] = {Signal.ENCODE_LAG: None if waiting is None else float(waiting.messages)}
    if any(probed is not None and not probed.good for probed in (samples.database, samples.object_store)):
        return lag  # the encoders wait for that engine: how long says nothing of them
    return {
        **lag,
        Signal.ENCODE_STUCK_SECONDS: None if waiting is None else waiting.stuck,
        Signal.MEDIA_STUCK: None if sums is None else sums.media_stuck,
    }


def _database(probed: Probed | None) -> dict[Signal, float | None]:
    if probed is None:
        return {}
    return {Signal.DATABASE_PROBE_GOOD: float(probed.good), Signal.DATABASE_PROBE_SECONDS: probed.slow}


def _object_store(probed: Probed | None) -> dict[Signal, float | None]:
    if probed is None:
        return {}
    return {
        Signal.OBJECT_STORE_PROBE_GOOD: float(probed.good),
        Signal.OBJECT_STORE_PROBE_BAD_SECONDS: probed.bad_for,
    }
