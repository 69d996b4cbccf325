from hypothesis import given
from hypothesis import strategies as st

from photo_core.ports.events import NOT_BEFORE_HEADER, IncomingMessage, not_before_ms
from photo_core.streams.waiting import Pause, admit, over, seconds_to_next

NOW_MS = 1_000


def message(partition: int, offset: int, not_before: bytes | None = None) -> IncomingMessage:
    headers = {} if not_before is None else {NOT_BEFORE_HEADER: not_before}
    return IncomingMessage("topic", partition, offset, "key", b"", 0, headers)


batches = st.lists(st.tuples(st.integers(0, 2), st.none() | st.integers(NOW_MS - 2, NOW_MS + 2))).map(
    lambda rows: [
        message(partition, offset, None if at is None else str(at).encode())
        for offset, (partition, at) in enumerate(rows)
    ]
)


@given(batches)
def test_nothing_is_admitted_before_its_time(batch: list[IncomingMessage]) -> None:
    assert all(not_before_ms(due) <= NOW_MS for due in admit(batch, NOW_MS).due)


@given(batches)
def test_each_partition_is_cut_where_its_pause_begins(batch: list[IncomingMessage]) -> None:
    admission = admit(batch, NOW_MS)
    for partition in range(3):
        offsets = [m.offset for m in batch if m.partition == partition]
        pause = admission.pauses.get(("topic", partition))
        expected = [at for at in offsets if pause is None or at < pause.offset]
        assert [m.offset for m in admission.due if m.partition == partition] == expected


def test_a_header_that_is_no_number_delays_nothing() -> None:
    assert admit([message(0, 0, b"soon")], NOW_MS).pauses == {}


def test_pauses_end_at_their_time() -> None:
    pauses = {("topic", 0): Pause(5, NOW_MS), ("topic", 1): Pause(5, NOW_MS + 1)}
    assert over(pauses, NOW_MS) == [("topic", 0)]


def test_a_poll_does_not_oversleep_a_pause() -> None:
    assert seconds_to_next([Pause(5, NOW_MS + 200), Pause(5, NOW_MS + 100)], NOW_MS, 0.5) == 0.1
    assert seconds_to_next([Pause(5, NOW_MS - 200)], NOW_MS, 0.5) == 0
    assert seconds_to_next([], NOW_MS, 0.5) == 0.5
