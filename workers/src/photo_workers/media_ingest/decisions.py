"""What follows from an object that arrived, and from one that did not. Pure.

Used by the handler (an event says that the object is there) and the sweeper (a look at the store says whether).
A step is safe to take twice: the record only advances, and image-encode passes over what is finished.
"""

from msgspec import Struct

from photo_core.domain.media import Media, MediaState
from photo_core.domain.media_lifecycle import (
    EXPIRES_AFTER_MS,
    UPLOAD_VALID_MS,
    Expired,
    Rejected,
    Uploaded,
    advance,
    is_finished,
)
from photo_core.ports.media import StoredObject

MINUTE_MS = 60_000
FRESH_MS = UPLOAD_VALID_MS + 10 * MINUTE_MS  # so long an upload may still arrive
OVERDUE_EVERY_MS = 10 * MINUTE_MS  # how often the rest is looked at: longer than encoding takes
TIMED_OUT = "We could not process the photograph within 24 hours. Upload it again."


class Step(Struct, frozen=True):
    """What to do for one media: store the record, announce the upload, remove the object; in this order."""

    media: Media
    store: bool = False
    announce: bool = False
    discard: bool = False


def on_arrival(media: Media) -> Step:
    """Decide when the store says that a media's original is there.

    UPLOADED is announced again, since the process may have died between storing and announcing. What arrives after
    the end of a media's life is removed: nobody will look at it again.
    """
    if is_finished(media):
        return Step(media, discard=True)
    if media.state is MediaState.PENDING:
        return Step(advance(media, Uploaded()), store=True, announce=True)
    return Step(media, announce=media.state is MediaState.UPLOADED)


def needs_a_look(media: Media, last_sweep_ms: int, now_ms: int) -> bool:
    """Return whether the sweeper looks at an unfinished media in this pass.

    While an upload may still arrive, in every pass; later every ten minutes of its age.
    """
    if media.state is MediaState.PENDING and now_ms - media.created_at_ms < FRESH_MS:
        return True
    return _tens_of_minutes(media, now_ms) > _tens_of_minutes(media, last_sweep_ms)


def _tens_of_minutes(media: Media, at_ms: int) -> int:
    return (at_ms - media.created_at_ms) // OVERDUE_EVERY_MS


def on_sweep(media: Media, original: StoredObject | None, now_ms: int) -> Step:
    """Decide for an unfinished media; `original` is what the store holds of it."""
    too_old = now_ms - media.created_at_ms >= EXPIRES_AFTER_MS
    if media.state is not MediaState.PENDING:
        if too_old:
            return Step(advance(media, Rejected(TIMED_OUT)), store=True, discard=True)
        return Step(media, announce=True)
    if original is not None:
        return on_arrival(media)
    return Step(advance(media, Expired()), store=True) if too_old else Step(media)
