from hypothesis import given
from hypothesis import strategies as st

from photo_core.ports.events import NOT_BEFORE_HEADER, IncomingMessage
from photo_workers.outcomes import (
    ATTEMPTS_HEADER,
    DONE,
    LONGEST_HOLD_SECONDS,
    LONGEST_RETRY_SECONDS,
    MAX_ATTEMPTS,
    ORIGIN_HEADER,
    REASON_HEADER,
    Dead,
    Retry,
    attempts_of,
    bounded,
    build_dead_letter,
    build_replay,
    build_retry,
    committable,
    hold_delay,
    place,
    retry_delay,
)


def message(offset: int = 0, partition: int = 0, **headers: bytes) -> IncomingMessage:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return IncomingMessage("topic", partition, offset, "key", b"value", 0, named)


def seen_again(outgoing_headers: dict[str, bytes]) -> IncomingMessage:
    return IncomingMessage("topic.retry", 0, 9, "key", b"value", 0, outgoing_headers)


@given(st.integers(0, 1_000))
def test_delays_grow_and_are_bounded(failures: int) -> None:
    assert 0 < hold_delay(failures) <= hold_delay(failures + 1) <= LONGEST_HOLD_SECONDS
    assert 0 < retry_delay(min(failures, 100)) <= retry_delay(min(failures, 100) + 1) <= LONGEST_RETRY_SECONDS


def test_a_message_dies_at_its_last_attempt_with_the_last_reason() -> None:
    assert bounded(Retry("busy"), MAX_ATTEMPTS - 2) == Retry("busy")
    assert bounded(Retry("busy"), MAX_ATTEMPTS - 1) == Dead(f"gave up after {MAX_ATTEMPTS} attempts: busy")
    assert bounded(DONE, 100) == DONE


def test_a_retry_counts_waits_and_says_why_and_whence() -> None:
    retried = build_retry(message(offset=7), Retry("busy", after=2.5), "topic.retry", 1_000)
    assert (retried.topic, retried.key, retried.value) == ("topic.retry", "key", b"value")
    assert retried.headers == {
        ORIGIN_HEADER: b"topic/0/7",
        REASON_HEADER: b"busy",
        ATTEMPTS_HEADER: b"1",
        NOT_BEFORE_HEADER: b"3500",
    }


def test_a_second_retry_keeps_the_first_origin_and_waits_longer() -> None:
    first = build_retry(message(offset=7), Retry("busy"), "topic.retry", 0)
    second = build_retry(seen_again(dict(first.headers)), Retry("busy"), "topic.retry", 0)
    assert second.headers[ORIGIN_HEADER] == b"topic/0/7"
    assert int(second.headers[NOT_BEFORE_HEADER]) > int(first.headers[NOT_BEFORE_HEADER])
    assert second.headers[ATTEMPTS_HEADER] == b"2"


def test_a_dead_letter_waits_for_no_time() -> None:
    first = build_retry(message(), Retry("busy"), "topic.retry", 0)
    dead = build_dead_letter(seen_again(dict(first.headers)), Dead("hopeless"), "topic.dlq")
    assert NOT_BEFORE_HEADER not in dead.headers
    assert dead.headers[REASON_HEADER] == b"hopeless"


def test_a_replayed_letter_starts_counting_anew_and_keeps_its_history() -> None:
    dead = build_dead_letter(message(), Dead("hopeless"), "topic.dlq")
    replayed = build_replay(seen_again(dict(dead.headers)), "topic.retry")
    assert ATTEMPTS_HEADER not in replayed.headers
    assert replayed.headers[REASON_HEADER] == b"hopeless"


def test_attempts_that_are_no_number_count_as_none() -> None:
    assert attempts_of(message(photo_attempts=b"many")) == 0


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans())))
def test_no_commit_jumps_over_an_unsettled_message(rows: list[tuple[int, bool]]) -> None:
    batch = [message(offset, partition) for offset, (partition, _) in enumerate(rows)]
    settled = {place(m): DONE for m, (_, is_settled) in zip(batch, rows, strict=True) if is_settled}
    committed = committable(batch, settled)
    for partition in range(3):
        here = [m for m in batch if m.partition == partition]
        first_open = next((m.offset for m in here if place(m) not in settled), len(batch))
        assert [m for m in committed if m.partition == partition] == [m for m in here if m.offset < first_open]
