"""What follows from an object that arrived, and from one that did not. Pure.

Used by the handler (an event says that the object is there) and the sweeper (a look at the store says whether).
A step is safe to take twice: the record only advances, and image-encode passes over what is finished.
"""

from msgspec import Struct

from photo_core.domain.media import UNFINISHED, Media, MediaState
from photo_core.domain.media_lifecycle import (
    EXPIRES_AFTER_MS,
    REMEMBERED_MS,
    UPLOAD_VALID_MS,
    Expired,
    Rejected,
    Uploaded,
    advance,
    is_finished,
)
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.ports.media import StoredObject

MINUTE_MS = 60_000
FRESH_MS = UPLOAD_VALID_MS + 10 * MINUTE_MS  # an upload may still arrive within this time
OVERDUE_EVERY_MS = 10 * MINUTE_MS  # between checks of all unfinished media: longer than encoding takes
TIMED_OUT = "We could not process the photograph within 24 hours. Upload it again."


class MediaStep(Struct, frozen=True):
    """What to do for one media: store the record, announce the upload, remove the object; in this order."""

    media: Media
    store: bool = False
    announce: bool = False
    discard: bool = False


class Sweep(Struct, frozen=True):
    """One pass over the media created from a time on that are in one of these states."""

    created_from_ms: int
    states: frozenset[MediaState]


def on_arrival(media: Media) -> MediaStep:
    """Decide when the store says that a media's original is there.

    UPLOADED is announced again, since the process may have died between storing and announcing. What arrives after
    the end of a media's life is removed: nobody will look at it again.
    """
    if is_finished(media):
        return MediaStep(media, discard=True)
    if media.state is MediaState.PENDING:
        return MediaStep(advance(media, Uploaded()), store=True, announce=True)
    return MediaStep(media, announce=media.state is MediaState.UPLOADED)


def overdue_ms(policy: RuntimePolicy) -> int:
    """Return the interval after which unfinished media are announced again; the runtime policy may shorten it."""
    sooner = policy.reclaim_media_after_seconds
    return OVERDUE_EVERY_MS if sooner is None else min(OVERDUE_EVERY_MS, sooner * 1000)


def build_sweep(last_full_ms: int, now_ms: int, overdue_every_ms: int = OVERDUE_EVERY_MS) -> Sweep:
    """Return the media of this pass: uploads that may be arriving, and at least every ten minutes all unfinished."""
    if now_ms - last_full_ms >= overdue_every_ms:
        return Sweep(now_ms - REMEMBERED_MS, UNFINISHED)
    return Sweep(now_ms - FRESH_MS, frozenset({MediaState.PENDING}))


def on_sweep(
    media: Media, original: StoredObject | None, now_ms: int, overdue_every_ms: int = OVERDUE_EVERY_MS
) -> MediaStep:
    """Decide for an unfinished media; `original` is what the store holds of it."""
    age_ms = now_ms - media.created_at_ms
    if media.state is MediaState.PENDING:
        return _on_waiting(media, original, age_ms)
    if age_ms >= EXPIRES_AFTER_MS:
        return MediaStep(advance(media, Rejected(TIMED_OUT)), store=True, discard=True)
    return MediaStep(media, announce=age_ms >= overdue_every_ms)


def _on_waiting(media: Media, original: StoredObject | None, age_ms: int) -> MediaStep:
    if original is not None:
        return on_arrival(media)
    return MediaStep(advance(media, Expired()), store=True) if age_ms >= EXPIRES_AFTER_MS else MediaStep(media)
