from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from photo_core.fakes.clock import FakeClock
from photo_operator.observe.alert_board import FORGET_SECONDS, MOST_KEPT, AlertBoard
from photo_operator.observe.alert_messages import Alert, AlertStatus

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
RUNBOOKS = frozenset({"DatabaseSlow"})
ABOUT = {"alertname": "DatabaseSlow", "namespace": "photos", "instance_name": "demo"}


def alert(
    status: AlertStatus = AlertStatus.FIRING, fingerprint: str = "abc", starts_at: datetime = BEGAN, **labels: str
) -> Alert:
    return Alert(status, ABOUT | labels, starts_at, fingerprint, {"summary": "reads take 2 s"})


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("photoplatform_operator_alerts_total", {"outcome": outcome}) or 0.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
def board(clock: FakeClock, woken: list[str]) -> AlertBoard:
    board = AlertBoard(clock)
    board.subscribe(woken.append)
    return board


def test_an_alert_fires_for_its_platform_alone(board: AlertBoard, woken: list[str]) -> None:
    board.take([alert()])
    (firing,) = board.firing("photos", "demo", RUNBOOKS)
    assert (firing.alert, firing.summary) == ("DatabaseSlow", "Alertmanager: reads take 2 s")
    assert board.firing("photos", "other", RUNBOOKS) == ()
    assert board.firing("elsewhere", "demo", RUNBOOKS) == ()
    assert woken == ["photos"]


def test_a_repeated_notification_is_the_same_incident_and_wakes_nobody(board: AlertBoard, woken: list[str]) -> None:
    board.take([alert()])
    first = board.firing("photos", "demo", RUNBOOKS)
    board.take([alert(), alert()])
    assert board.firing("photos", "demo", RUNBOOKS) == first
    assert woken == ["photos"]


def test_a_resolved_alert_is_cleared_and_a_new_start_is_a_new_incident(board: AlertBoard) -> None:
    board.take([alert()])
    (first,) = board.firing("photos", "demo", RUNBOOKS)
    board.take([alert(AlertStatus.RESOLVED)])
    assert board.firing("photos", "demo", RUNBOOKS) == ()
    board.take([alert(starts_at=BEGAN + timedelta(minutes=9))])
    (second,) = board.firing("photos", "demo", RUNBOOKS)
    assert second.incident != first.incident


def test_a_late_end_of_the_incident_before_clears_nothing(board: AlertBoard) -> None:
    board.take([alert(starts_at=BEGAN + timedelta(minutes=9)), alert(AlertStatus.RESOLVED)])
    assert len(board.firing("photos", "demo", RUNBOOKS)) == 1


def test_an_alert_that_nobody_repeats_is_forgotten(board: AlertBoard, clock: FakeClock) -> None:
    board.take([alert()])
    clock.advance(FORGET_SECONDS - 1)
    board.take([alert()])
    clock.advance(FORGET_SECONDS - 1)
    assert len(board.firing("photos", "demo", RUNBOOKS)) == 1
    clock.advance(2)
    assert board.firing("photos", "demo", RUNBOOKS) == ()


def test_an_alert_without_a_runbook_is_counted_once(board: AlertBoard) -> None:
    before = counted("unknown")
    board.take([alert(alertname="Unheard")])
    for _ in range(3):
        assert board.firing("photos", "demo", RUNBOOKS) == ()
    assert counted("unknown") == before + 1


def test_an_alert_that_names_no_platform_is_counted_and_not_kept(board: AlertBoard, woken: list[str]) -> None:
    before = counted("unaddressed")
    board.take([alert(instance_name="")])
    assert counted("unaddressed") == before + 1
    assert woken == []


def test_there_is_a_most_that_is_kept(board: AlertBoard) -> None:
    before = counted("dropped")
    board.take(alert(fingerprint=f"{number:x}") for number in range(MOST_KEPT + 5))
    assert len(board.firing("photos", "demo", RUNBOOKS)) == MOST_KEPT
    assert counted("dropped") == before + 5
