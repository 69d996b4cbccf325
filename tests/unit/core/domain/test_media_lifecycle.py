"""The life of a media: what is legal, and that nothing ever goes back."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.media import UNFINISHED, Media, MediaState
from photo_core.domain.media_lifecycle import (
    Encoded,
    Expired,
    IllegalTransition,
    MediaEvent,
    Progressed,
    Rejected,
    Uploaded,
    advance,
    is_finished,
    media_id_of,
    original_key,
    precedence,
)

NEW = Media(7, 1, "image/jpeg", 10, original_key(7), created_at_ms=1)
EVENTS = st.one_of(
    st.just(Uploaded()),
    st.builds(Progressed, st.integers(-5, 200)),
    st.just(Encoded(())),
    st.builds(Rejected, st.just("Upload a JPEG.")),
    st.just(Expired()),
)


def lived_through(events: list[MediaEvent]) -> list[Media]:
    """Return every record of a life in which the impossible is refused."""
    records = [NEW]
    for event in events:
        try:
            records.append(advance(records[-1], event))
        except IllegalTransition:
            continue
    return records


@given(st.lists(EVENTS))
def test_precedence_never_falls_and_grows_with_every_change(events: list[MediaEvent]) -> None:
    for before, after in itertools.pairwise(lived_through(events)):
        assert precedence(after) > precedence(before) or after == before


@given(st.lists(EVENTS), EVENTS)
def test_a_finished_media_refuses_every_event(events: list[MediaEvent], event: MediaEvent) -> None:
    last = lived_through(events)[-1]
    if last.state in UNFINISHED:
        return
    with pytest.raises(IllegalTransition):
        advance(last, event)


@given(st.lists(EVENTS))
def test_only_a_ready_media_is_at_100_percent_and_only_a_hopeless_one_has_a_reason(events: list[MediaEvent]) -> None:
    for media in lived_through(events):
        assert (media.progress == 100) == (media.state is MediaState.READY)
        assert (media.reason is not None) == (media.state in {MediaState.FAILED, MediaState.EXPIRED})


def test_the_way_of_a_good_photograph() -> None:
    states = [m.state for m in lived_through([Uploaded(), Progressed(10), Progressed(60), Encoded(())])]

    assert states == ["PENDING", "UPLOADED", "PROCESSING", "PROCESSING", "READY"]


@pytest.mark.parametrize("event", [Progressed(1), Encoded(()), Rejected("no")], ids=lambda event: type(event).__name__)
def test_nothing_is_encoded_before_it_was_uploaded(event: MediaEvent) -> None:
    with pytest.raises(IllegalTransition):
        advance(NEW, event)


def test_an_upload_that_came_in_the_last_moment_wins_over_the_expiry() -> None:
    assert precedence(advance(NEW, Uploaded())) > precedence(advance(NEW, Expired()))


def test_a_stored_photograph_wins_over_a_late_failure() -> None:
    processing = advance(advance(NEW, Uploaded()), Progressed(99))

    assert precedence(advance(processing, Encoded(()))) > precedence(advance(processing, Rejected("gone")))


def test_finished_means_ready_failed_or_expired() -> None:
    assert is_finished(advance(NEW, Expired()))
    assert not is_finished(NEW)


@given(st.integers(0, (1 << 63) - 1))
def test_the_key_of_an_original_tells_its_media(media_id: int) -> None:
    assert media_id_of(original_key(media_id)) == media_id


@pytest.mark.parametrize("key", ["", "o/", "o/x", "o/1/2", "m/7/abc.jpg", "7", "o/-7", "o/" + "9" * 19, "o/07", "o/٣"])
def test_other_keys_are_no_originals(key: str) -> None:
    assert media_id_of(key) is None
