import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_operator.conditions import EventReason, News
from photo_operator.reconcile.event_ledger import BURST, REPEAT_SECONDS, SECONDS_A_TOKEN, EventLedger, Moment, admit

NEWS = News(EventReason.CHILD_RESTORED, "Service demo-api put back")


def _tell(seconds: list[float], messages: list[str]) -> list[tuple[str, int] | None]:
    ledger, told = EventLedger(), []
    for at, message in zip(seconds, messages, strict=True):
        ledger, telling = admit(ledger, News(EventReason.CHILD_RESTORED, message), Moment(at, f"t{at}"))
        told.append(None if telling is None else (telling.name, telling.count))
    return told


def test_what_is_told_again_within_ten_minutes_is_counted_on_the_first() -> None:
    first, second, later = _tell([0, 100, REPEAT_SECONDS], ["m"] * 3)
    assert first is not None
    assert second == (first[0], 2)
    assert later is not None
    assert later[0] != first[0]
    assert later[1] == 1


def test_different_news_are_different_events() -> None:
    first, second = _tell([0, 0], ["m", "n"])
    assert first is not None
    assert second is not None
    assert first[0] != second[0]


def test_a_flood_is_cut_and_calm_lets_news_through_again() -> None:
    flood = _tell([0.0] * (BURST + 5) + [SECONDS_A_TOKEN], [f"m{n}" for n in range(BURST + 6)])
    assert [found is None for found in flood] == [False] * BURST + [True] * 5 + [False]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=300), st.data())
def test_never_more_than_a_burst_and_what_time_allows(gaps: list[float], data: st.DataObject) -> None:
    times = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    messages = [data.draw(st.sampled_from("abc")) for _ in times]
    told = [found for found in _tell(times, messages) if found is not None]
    assert len(told) <= BURST + times[-1] / SECONDS_A_TOKEN + 1e-6


@pytest.mark.parametrize("again", [1.0, 599.0])
def test_an_event_keeps_the_time_of_its_first_telling(again: float) -> None:
    ledger, _ = admit(EventLedger(), NEWS, Moment(0, "first"))
    _, telling = admit(ledger, NEWS, Moment(again, "second"))
    assert telling is not None
    assert telling.first.text == "first"
