"""When each runbook that ships with the operator is begun and confirmed, and when it stays silent."""

from typing import NamedTuple

import pytest

from photo_operator.crds.runbook import Condition, Require, Runbook
from photo_operator.crds.runbook_rules import conditions
from photo_operator.runbooks.matching import ConditionHistory, WatchedConditions, is_met
from photo_operator.signals import Signal

PASS_SECONDS = 5.0
WELL = {
    Signal.FEED_CACHE_LOST: 0,
    Signal.FEED_CACHE_PROBE_GOOD: 1,
    Signal.FEED_CACHE_FAILURES: 0,
    Signal.FEED_CACHE_BREAKERS_OPEN: 0,
    Signal.FEED_REBUILDS_WAITING: 0,
    Signal.FANOUT_LAG: 3,
    Signal.FANOUT_OLDEST_SECONDS: 2,
    Signal.FANOUT_DRAIN_SECONDS: 1,
    Signal.CELEBRITY_SHARE: 0.1,
    Signal.CELEBRITY_DELIVERIES_PER_SECOND: 20,
    Signal.PLANNED_DELIVERIES_PER_SECOND: 200,
    Signal.DATABASE_PROBE_SECONDS: 0.01,
    Signal.DATABASE_PROBE_GOOD: 1,
    Signal.DATABASE_FAILURES: 0,
    Signal.DATABASE_BREAKERS_OPEN: 0,
    Signal.DATABASE_READ_P99_SECONDS: 0.05,
    Signal.OBJECT_STORE_PROBE_GOOD: 1,
    Signal.OBJECT_STORE_PROBE_BAD_SECONDS: 0,
    Signal.OBJECT_STORE_FAILURES: 0,
    Signal.ENCODE_LAG: 2,
    Signal.ENCODE_STUCK_SECONDS: 0,
    Signal.MEDIA_STUCK: 0,
    Signal.API_AVAILABLE: 2,
    Signal.ALERT_FIRING: 0,
}


class Case(NamedTuple):
    """A state that lasts for `seconds`, and whether the runbook is begun and would act."""

    runbook: str
    state: dict[Signal, float]
    seconds: float
    begun: bool
    confirmed: bool


CASES = [
    Case("FeedCacheDown", {Signal.FEED_CACHE_LOST: 1}, 0, begun=True, confirmed=True),
    Case("FeedCacheDown", {Signal.FEED_CACHE_FAILURES: 50}, 600, begun=False, confirmed=False),
    Case("FeedCacheDown", {Signal.FEED_CACHE_PROBE_GOOD: 0}, 600, begun=False, confirmed=False),
    Case("FanoutBacklog", {Signal.FANOUT_LAG: 9e5, Signal.FANOUT_OLDEST_SECONDS: 301}, 0, begun=True, confirmed=True),
    Case("FanoutBacklog", {Signal.FANOUT_LAG: 9e5, Signal.FANOUT_DRAIN_SECONDS: 400}, 25, begun=False, confirmed=True),
    Case("FanoutBacklog", {Signal.FANOUT_LAG: 9e5, Signal.FANOUT_DRAIN_SECONDS: 400}, 30, begun=True, confirmed=True),
    # a burst that drains in time
    Case("FanoutBacklog", {Signal.FANOUT_LAG: 9e5, Signal.FANOUT_DRAIN_SECONDS: 90}, 600, begun=False, confirmed=True),
    # one message that nobody takes
    Case("FanoutBacklog", {Signal.FANOUT_OLDEST_SECONDS: 400}, 0, begun=True, confirmed=False),
    # Redis is out: another runbook's part
    Case(
        "FanoutBacklog",
        {Signal.FANOUT_LAG: 9e5, Signal.FANOUT_DRAIN_SECONDS: 86_400, Signal.FEED_CACHE_LOST: 1},
        60,
        begun=True,
        confirmed=False,
    ),
    Case("DatabaseSlow", {Signal.DATABASE_PROBE_SECONDS: 0.9}, 5, begun=False, confirmed=True),
    Case("DatabaseSlow", {Signal.DATABASE_PROBE_SECONDS: 0.9}, 10, begun=True, confirmed=True),
    Case("DatabaseSlow", {Signal.DATABASE_READ_P99_SECONDS: 1}, 25, begun=False, confirmed=True),
    Case("DatabaseSlow", {Signal.DATABASE_READ_P99_SECONDS: 1}, 30, begun=True, confirmed=True),
    Case("DatabaseSlow", {Signal.DATABASE_PROBE_SECONDS: 0.4}, 600, begun=False, confirmed=False),
    Case("DatabaseSlow", {Signal.DATABASE_FAILURES: 5}, 600, begun=False, confirmed=False),
    Case(
        "ObjectStoreDown",
        {Signal.OBJECT_STORE_PROBE_GOOD: 0, Signal.OBJECT_STORE_PROBE_BAD_SECONDS: 11},
        0,
        begun=True,
        confirmed=True,
    ),
    Case(
        "ObjectStoreDown",
        {Signal.OBJECT_STORE_PROBE_GOOD: 0, Signal.OBJECT_STORE_PROBE_BAD_SECONDS: 9},
        0,
        begun=False,
        confirmed=True,
    ),
    # pods may fail for their own reasons
    Case("ObjectStoreDown", {Signal.OBJECT_STORE_FAILURES: 90}, 600, begun=False, confirmed=False),
    Case(
        "CelebrityCascade",
        {Signal.CELEBRITY_DELIVERIES_PER_SECOND: 1500, Signal.CELEBRITY_SHARE: 0.8},
        10,
        begun=False,
        confirmed=True,
    ),
    Case(
        "CelebrityCascade",
        {Signal.CELEBRITY_DELIVERIES_PER_SECOND: 1500, Signal.CELEBRITY_SHARE: 0.8},
        15,
        begun=True,
        confirmed=True,
    ),
    # the platform is large, not the author
    Case(
        "CelebrityCascade",
        {Signal.CELEBRITY_DELIVERIES_PER_SECOND: 1500, Signal.CELEBRITY_SHARE: 0.02},
        60,
        begun=True,
        confirmed=False,
    ),
    # the only author of a quiet night
    Case(
        "CelebrityCascade",
        {Signal.CELEBRITY_DELIVERIES_PER_SECOND: 8, Signal.CELEBRITY_SHARE: 1},
        600,
        begun=False,
        confirmed=True,
    ),
    Case("EncodeStuck", {Signal.ENCODE_LAG: 5, Signal.ENCODE_STUCK_SECONDS: 61}, 0, begun=True, confirmed=True),
    Case("EncodeStuck", {Signal.MEDIA_STUCK: 1}, 10, begun=False, confirmed=True),
    Case("EncodeStuck", {Signal.MEDIA_STUCK: 1}, 15, begun=True, confirmed=True),
    # many uploads, of which some are taken
    Case("EncodeStuck", {Signal.ENCODE_LAG: 900}, 600, begun=False, confirmed=False),
]


def holding(asked: tuple[Condition, ...], readings: dict[Signal, float], seconds: float) -> frozenset[Condition]:
    """Return what holds after the readings have been so for so long, seen every few seconds."""
    memory, now = ConditionHistory(), 0.0
    while True:
        held = memory.update({"Any": WatchedConditions(asked, readings)}, now)["Any"]
        if now >= seconds:
            return held
        now += PASS_SECONDS


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.runbook}-{case.seconds:.0f}s")
def test_a_runbook_is_begun_and_confirmed_by_what_it_is_for(runbooks: dict[str, Runbook], case: Case) -> None:
    runbook, readings = runbooks[case.runbook], WELL | case.state
    assert bool(holding(runbook.trigger.any_of, readings, case.seconds)) is case.begun
    found = [is_met(check.condition, readings) for check in runbook.diagnosis.checks]
    assert (all(found) if runbook.diagnosis.require is Require.ALL else any(found)) is case.confirmed


def test_a_platform_that_is_well_begins_none_and_would_recover_from_each(runbooks: dict[str, Runbook]) -> None:
    for runbook in runbooks.values():
        assert not holding(runbook.trigger.any_of, WELL, 3600)
        recovered = (*runbook.recovery.when, *runbook.recovery.verification.conditions)
        assert holding(recovered, WELL, 3600) == set(recovered), runbook.alert


def test_nothing_that_is_not_known_begins_or_confirms_a_runbook(runbooks: dict[str, Runbook]) -> None:
    for runbook in runbooks.values():
        assert not holding(runbook.trigger.any_of, {}, 3600)
        assert not any(is_met(check.condition, {}) for check in runbook.diagnosis.checks)


def test_every_case_is_told_both_ways(runbooks: dict[str, Runbook]) -> None:
    for alert in runbooks:
        assert {case.begun for case in CASES if case.runbook == alert} == {True, False}, alert


def test_conditions_ask_for_signals_that_somebody_reads(runbooks: dict[str, Runbook]) -> None:
    asked = {condition.signal for runbook in runbooks.values() for _, condition in conditions(runbook)}
    assert asked <= WELL.keys()
    assert WELL.keys() == set(Signal)
