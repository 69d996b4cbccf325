"""What follows from an object that is there, and from one that is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from photo_core.domain.media import UNFINISHED, Media, MediaState
from photo_core.domain.media_lifecycle import HOUR_MS, is_finished, original_key, precedence
from photo_core.ports.media import StoredObject
from photo_workers.media_ingest.decisions import MINUTE_MS, MediaStep, Sweep, build_sweep, on_arrival, on_sweep

MEDIA = Media(7, 1, "image/jpeg", 10, original_key(7), created_at_ms=0)
THERE = StoredObject(10, "image/jpeg")
STATES = st.sampled_from(MediaState)


def in_state(state: MediaState) -> Media:
    return replace(MEDIA, state=state)


def test_the_first_arrival_is_stored_and_announced() -> None:
    assert on_arrival(MEDIA) == MediaStep(in_state(MediaState.UPLOADED), store=True, announce=True)


def test_a_repeated_arrival_is_announced_again_since_the_first_may_have_died_in_between() -> None:
    assert on_arrival(in_state(MediaState.UPLOADED)) == MediaStep(in_state(MediaState.UPLOADED), announce=True)


def test_an_arrival_during_processing_changes_nothing() -> None:
    assert on_arrival(in_state(MediaState.PROCESSING)) == MediaStep(in_state(MediaState.PROCESSING))


@pytest.mark.parametrize("state", [MediaState.READY, MediaState.FAILED, MediaState.EXPIRED])
def test_what_arrives_after_the_end_is_removed(state: MediaState) -> None:
    assert on_arrival(in_state(state)) == MediaStep(in_state(state), discard=True)


def test_a_lost_notification_is_made_up_for() -> None:
    assert on_sweep(MEDIA, THERE, now_ms=MINUTE_MS) == on_arrival(MEDIA)


def test_an_upload_that_has_not_come_is_waited_for_until_24_hours_have_passed() -> None:
    assert on_sweep(MEDIA, None, now_ms=24 * HOUR_MS - 1) == MediaStep(MEDIA)
    assert on_sweep(MEDIA, None, now_ms=24 * HOUR_MS).media.state is MediaState.EXPIRED


def test_an_upload_that_is_there_is_never_expired() -> None:
    assert on_sweep(MEDIA, THERE, now_ms=30 * HOUR_MS).media.state is MediaState.UPLOADED


def test_what_cannot_be_finished_in_24_hours_fails_with_a_way_out() -> None:
    step = on_sweep(in_state(MediaState.PROCESSING), None, now_ms=24 * HOUR_MS)

    assert step.media.state is MediaState.FAILED
    assert "Upload it again" in str(step.media.reason)
    assert step.store
    assert step.discard


@given(STATES, st.booleans(), st.integers(0, 50 * HOUR_MS))
def test_no_step_goes_back_and_every_change_is_stored(state: MediaState, there: bool, now_ms: int) -> None:  # noqa: FBT001
    media = in_state(state)
    step = on_sweep(media, THERE if there else None, now_ms) if state in UNFINISHED else on_arrival(media)

    assert precedence(step.media) >= precedence(media)
    assert step.store == (step.media != media)
    assert not step.discard or is_finished(step.media)


def test_between_full_sweeps_only_what_may_be_arriving_is_looked_at() -> None:
    now_ms = 100 * HOUR_MS

    assert build_sweep(now_ms - MINUTE_MS, now_ms) == Sweep(now_ms - 70 * MINUTE_MS, frozenset({MediaState.PENDING}))
    assert build_sweep(now_ms - 10 * MINUTE_MS, now_ms) == Sweep(now_ms - 48 * HOUR_MS, UNFINISHED)


@pytest.mark.parametrize("state", [MediaState.UPLOADED, MediaState.PROCESSING])
def test_work_is_announced_again_only_when_it_is_overdue(state: MediaState) -> None:
    assert on_sweep(in_state(state), None, now_ms=10 * MINUTE_MS - 1) == MediaStep(in_state(state))
    assert on_sweep(in_state(state), None, now_ms=10 * MINUTE_MS) == MediaStep(in_state(state), announce=True)
