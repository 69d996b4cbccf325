import msgspec
import pytest

from photo_operator.observe.feed_cache import FeedCacheState
from photo_operator.observe.pod_counts import PodSums
from photo_operator.reconcile.samples import (
    NEVER_SECONDS,
    GroupBacklog,
    ProbeSummary,
    Samples,
    build_evidence,
    build_readings,
)
from photo_operator.signals import Signal

WELL = Samples(
    feed_cache=FeedCacheState(probed=True, probe_good=True, pods_answering=3, hits=9),
    pods=PodSums(planned=120, planned_of_one=30, database_read_p99=0.05),
    fanout=GroupBacklog(messages=0, oldest=0, stuck=0, drain=0),
    encode=GroupBacklog(messages=0, oldest=0, stuck=0),
    database=ProbeSummary(good=True, bad_for=0, slow=0.01),
    object_store=ProbeSummary(good=True, bad_for=0, slow=0.01),
    api_available=2,
)


def test_nothing_is_read_of_what_is_not_known() -> None:
    assert build_readings(Samples()) == {Signal.API_AVAILABLE: 0}


def test_every_signal_but_an_alert_is_read_of_a_platform_that_is_well() -> None:
    assert build_readings(WELL).keys() == set(Signal) - {Signal.ALERT_FIRING}


def test_lost_feeds_are_read_with_a_sentence() -> None:
    seen = build_evidence(Samples(feed_cache=FeedCacheState(probed=True, probe_seconds=6)))
    assert seen.readings[Signal.FEED_CACHE_LOST] == 1
    assert seen.sentences == {Signal.FEED_CACHE_LOST: "Redis has not answered for 6 s, and no pod reads from it"}
    well = build_evidence(WELL)
    assert well.readings[Signal.FEED_CACHE_LOST] == 0
    assert well.sentences == {}


def test_a_lag_that_does_not_move_never_drains() -> None:
    readings = build_readings(Samples(fanout=GroupBacklog(messages=7, oldest=9, stuck=4)))
    assert readings[Signal.FANOUT_DRAIN_SECONDS] == NEVER_SECONDS
    assert (readings[Signal.FANOUT_LAG], readings[Signal.FANOUT_OLDEST_SECONDS]) == (7, 9)


def test_how_long_posts_wait_says_nothing_while_redis_does_not_answer() -> None:
    waiting = GroupBacklog(messages=7, oldest=900, stuck=900)
    readings = build_readings(Samples(feed_cache=FeedCacheState(probed=True), fanout=waiting))
    assert readings[Signal.FANOUT_LAG] == 7
    assert not readings.keys() & {Signal.FANOUT_OLDEST_SECONDS, Signal.FANOUT_DRAIN_SECONDS}


@pytest.mark.parametrize("engine", ["database", "object_store"])
def test_what_is_stuck_in_encoders_is_not_known_while_an_engine_does_not_answer(engine: str) -> None:
    stuck = {"encode": GroupBacklog(messages=7, oldest=900, stuck=900), "pods": PodSums(media_stuck=2)}
    readings = build_readings(
        msgspec.structs.replace(WELL, **stuck, **{engine: ProbeSummary(good=False, bad_for=900, slow=None)})
    )
    assert readings[Signal.ENCODE_LAG] == 7
    assert not readings.keys() & {Signal.ENCODE_STUCK_SECONDS, Signal.MEDIA_STUCK}


@pytest.mark.parametrize(("planned", "of_one", "share"), [(0, 0, 0), (120, 30, 0.25)])
def test_the_share_of_one_author_is_of_what_was_planned(planned: float, of_one: float, share: float) -> None:
    readings = build_readings(Samples(pods=PodSums(planned=planned, planned_of_one=of_one)))
    assert readings[Signal.CELEBRITY_SHARE] == share
    assert readings[Signal.CELEBRITY_DELIVERIES_PER_SECOND] == of_one / 60
    assert readings[Signal.PLANNED_DELIVERIES_PER_SECOND] == planned / 60
