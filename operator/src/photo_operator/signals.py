"""The closed list of signals that conditions of runbooks may use, and the readings by which they are judged.

Readings are built by `reconcile.samples` from background samples and compared by `runbooks.matching`. A signal that is
not known now is absent from the readings, and a condition on it does not hold: nothing is done about the unknown.
"""

from collections.abc import Mapping
from enum import StrEnum


class Signal(StrEnum):
    """What can be read of a platform; where nothing else is said, a count over the last ten seconds or a state now."""

    # Redis; lost is judged from probe and pods together, so that no runbook can leave the one or the other out
    FEED_CACHE_LOST = "feedCacheLost"  # 1 or 0: the judgement of probe, failures and breakers
    FEED_CACHE_PROBE_GOOD = "feedCacheProbeGood"  # 1 or 0: every master answers the operator
    FEED_CACHE_FAILURES = "feedCacheFailures"  # calls of pods that failed
    FEED_CACHE_BREAKERS_OPEN = "feedCacheBreakersOpen"  # pods that do not ask Redis
    FEED_REBUILDS_WAITING = "feedRebuildsWaiting"  # feeds that are being made whole or wait for it
    # the fan-out; from the operator's count of the consumer group, and from its planners; seconds are not known while
    # Redis does not answer, since the workers wait for it
    FANOUT_LAG = "fanoutLag"  # messages that wait
    FANOUT_OLDEST_SECONDS = "fanoutOldestSeconds"  # for how long the oldest has waited, at the rate of now
    FANOUT_DRAIN_SECONDS = "fanoutDrainSeconds"  # how long the lag takes at the rate of now; a day where nothing moves
    CELEBRITY_SHARE = "celebrityShare"  # 0 to 1: one author's part in the last minute's planned deliveries
    CELEBRITY_DELIVERIES_PER_SECOND = "celebrityDeliveriesPerSecond"  # of that author
    PLANNED_DELIVERIES_PER_SECOND = "plannedDeliveriesPerSecond"  # of all authors, in the last minute
    # Cassandra
    DATABASE_PROBE_SECONDS = "databaseProbeSeconds"  # nine tenths of the last minute's probes took at most so long
    DATABASE_PROBE_GOOD = "databaseProbeGood"  # 1 or 0: it answers the operator
    DATABASE_FAILURES = "databaseFailures"  # calls of pods that failed
    DATABASE_BREAKERS_OPEN = "databaseBreakersOpen"  # pods that do not ask Cassandra
    DATABASE_READ_P99_SECONDS = "databaseReadP99Seconds"  # of the pods' reads
    # the object store
    OBJECT_STORE_PROBE_GOOD = "objectStoreProbeGood"  # 1 or 0: it answers the operator
    OBJECT_STORE_PROBE_BAD_SECONDS = "objectStoreProbeBadSeconds"  # for how long it has not; 0 while it does
    OBJECT_STORE_FAILURES = "objectStoreFailures"  # calls of pods that failed
    # media; what is stuck is not known while Cassandra or the object store does not answer, since encoders wait for it
    ENCODE_LAG = "encodeLag"  # uploads that wait for an encoder
    ENCODE_STUCK_SECONDS = "encodeStuckSeconds"  # for how long uploads have waited and none was taken; 0 while some are
    MEDIA_STUCK = "mediaStuck"  # media that encoders took long ago and did not finish
    # the rest
    API_AVAILABLE = "apiAvailable"  # pods of the API that serve
    ALERT_FIRING = "alertFiring"  # 1 or 0: Alertmanager says that the alert of the runbook's name fires


Readings = Mapping[Signal, float]
