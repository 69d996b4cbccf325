"""Decides which media can be an account's picture. Pure."""

from collections.abc import Collection

from photo_app.http.problems import Problem, ProblemType
from photo_core.domain.accounts import Avatar
from photo_core.domain.media import Media, MediaState

SHOWN_SIZE = "thumbnail"


def usable_avatar(media: Media | None, owner_id: int) -> Avatar:
    """Return the picture made of a media.

    Raises:
        Problem: it is not READY, or not the account's own (422); only the owner learns which of the two.
    """
    state = media.state.value if media is not None and media.owner_id == owner_id else "absent"
    if media is None or state != MediaState.READY:
        raise _not_usable(state)
    shown = [variant for variant in media.variants if variant.size == SHOWN_SIZE] or media.variants
    return Avatar(media.media_id, shown[0].object_key)


def require_open(media_id: int, closed: Collection[int]) -> None:
    """Accept a media whose objects are not about to be removed.

    Raises:
        Problem: its last post is deleted, so its objects will be removed (422).
    """
    if media_id in closed:
        raise _not_usable("absent")


def _not_usable(state: str) -> Problem:
    return Problem(ProblemType.MEDIA_NOT_USABLE, f"the media is {state}")
