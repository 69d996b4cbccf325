"""Windows are asked in UTC, to the second, and whatever the CRD lets through is a schedule that strikes."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from photo_operator.crds.maintenance import RFC3339, Window, maintenance_at
from photo_operator.crds.platform import MaintenanceWindow

CRD = Path(__file__).parents[4] / "charts/photoplatform-crds/templates/photoplatforms.yaml"
SUNDAYS = MaintenanceWindow("0 2 * * SUN", 90, "upgrade of Cassandra")
# 2026-11-22 is a Sunday
OPEN = Window("upgrade of Cassandra", "2026-11-22T02:00:00Z", "2026-11-22T03:30:00Z")


@pytest.mark.parametrize(
    ("now", "found"),
    [
        pytest.param("2026-11-22T01:59:59Z", None, id="a second before"),
        pytest.param("2026-11-22T02:00:00Z", OPEN, id="from the minute"),
        pytest.param("2026-11-22T03:29:59Z", OPEN, id="until the last second"),
        pytest.param("2026-11-22T03:30:00Z", None, id="no longer at its end"),
        pytest.param("2026-11-23T02:30:00Z", None, id="not on the next day"),
        pytest.param("2026-11-22T04:15:00+02:00", OPEN, id="asked in another time zone"),
    ],
)
def test_a_window_is_open_from_its_minute_until_its_duration_is_over(now: str, found: Window | None) -> None:
    assert maintenance_at((SUNDAYS,), now) == found


def test_a_window_that_opens_before_midnight_lasts_into_the_next_day() -> None:
    late = MaintenanceWindow("30 23 * * *", 60, "backup")
    found = maintenance_at((late,), "2027-01-01T00:10:00Z")
    assert found == Window("backup", "2026-12-31T23:30:00Z", "2027-01-01T00:30:00Z")


def test_of_two_open_windows_the_one_that_closes_last_counts() -> None:
    longer = MaintenanceWindow("0 0 * * *", 600, "move of a rack")
    assert maintenance_at((longer, SUNDAYS), "2026-11-22T02:30:00Z") == Window(
        "move of a rack", "2026-11-22T00:00:00Z", "2026-11-22T10:00:00Z"
    )


def test_without_windows_none_is_open() -> None:
    assert maintenance_at((), "2026-11-22T02:00:00Z") is None


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.integers(1, 10_080))  # noqa: DTZ001 - made UTC below
def test_an_hourly_window_is_open_as_arithmetic_says(moment: datetime, minutes: int) -> None:
    now = moment.replace(tzinfo=UTC, microsecond=0)
    hour = now.replace(minute=0, second=0)
    found = maintenance_at((MaintenanceWindow("0 * * * *", minutes, "work"),), now.strftime(RFC3339))
    assert (found is not None) == (now < hour + timedelta(minutes=minutes))


def _rules() -> list[str]:
    """The CRD's rules of a schedule, each a CEL expression."""
    schema: dict[str, Any] = yaml.safe_load(CRD.read_text())["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    windows = schema["properties"]["spec"]["properties"]["maintenanceWindows"]
    return [rule["rule"] for rule in windows["items"]["properties"]["schedule"]["x-kubernetes-validations"]]


RULES = _rules()
FIELDS = [re.fullmatch(r".*\[\d\]\.matches\('(.*)'\)", rule) for rule in RULES]
PATTERNS = [found[1] for found in FIELDS if found is not None]
REFUSED = [found[1] for rule in RULES if (found := re.fullmatch(r"!self\.matches\('(.*)'\)", rule))]


def _ranges_go_upwards(schedule: str) -> bool:
    ranges = re.findall(r"(?:^|[ ,])(\d+)-(\d+)", schedule)
    return all(int(first) <= int(last) for first, last in ranges)


@given(st.tuples(*(st.from_regex(pattern.replace("$", r"\Z")) for pattern in PATTERNS)))
def test_a_schedule_that_the_crd_lets_through_strikes(fields: tuple[str, ...]) -> None:
    schedule = " ".join(fields)
    assume(_ranges_go_upwards(schedule) and not any(re.search(refused, schedule) for refused in REFUSED))
    window = MaintenanceWindow(schedule, 1, "work")
    maintenance_at((window,), "2026-11-22T02:00:00Z")


def test_the_crd_asks_each_of_the_five_fields() -> None:
    assert (len(PATTERNS), len(REFUSED), len(RULES)) == (5, 3, 10)
