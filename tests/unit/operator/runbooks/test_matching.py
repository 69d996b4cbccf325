from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_operator.observe.feed_cache import Signals
from photo_operator.runbooks.matching import FEED_CACHE_DOWN, match

GOOD: dict[str, Any] = {"probed": True, "probe_good": True, "probe_seconds": 60.0, "pods_answering": 4}
BAD: dict[str, Any] = {"probed": True, "probe_good": False, "pods_answering": 4}


@pytest.mark.parametrize(
    ("signals", "incident"),
    [
        (Signals(), False),
        (Signals(**GOOD), False),
        (Signals(**GOOD, failures=3), False),
        (Signals(**GOOD, masters_lost=1), True),
        (Signals(**GOOD, breakers_open=1, breaker_seconds=9), False),
        (Signals(**GOOD, breakers_open=1, breaker_seconds=10), True),
        (Signals(**BAD, probe_seconds=1, failures=1), False),
        (Signals(**BAD, probe_seconds=2, failures=1), True),
        (Signals(**BAD, probe_seconds=4), False),
        (Signals(**BAD, probe_seconds=5), True),
        (Signals(**BAD, probe_seconds=60, hits=5), False),
    ],
)
def test_incidents(signals: Signals, incident: bool) -> None:  # noqa: FBT001
    found = match(signals)
    assert (found is not None) is incident
    if found is not None:
        assert found.runbook == FEED_CACHE_DOWN
        assert found.summary


@given(
    st.builds(
        Signals,
        probed=st.just(True),
        probe_good=st.just(True),
        failures=st.floats(0, 1e6),
        hits=st.floats(0, 1e6),
        rebuilds_running=st.floats(0, 100),
        rebuild_remaining=st.floats(0, 100),
    )
)
def test_a_good_probe_is_not_contradicted_by_single_failures(signals: Signals) -> None:
    assert match(signals) is None
