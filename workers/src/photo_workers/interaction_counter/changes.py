"""Converts messages of the topic `interactions` into changes of tallies; pure.

Called by the handler and the reconciler. `photo_core.domain.interactions` applies a change to a tally.
"""

from collections.abc import Mapping, Sequence

from photo_core.domain.interactions import Tally, TallyChange, counted
from photo_core.messages.events import CountsCorrected, CountsEvent, InteractionKind
from photo_core.ports.events import IncomingMessage
from photo_core.ports.post_cache import PostCounts, counts_of

LIKES: Mapping[InteractionKind, int] = {InteractionKind.LIKED: 1, InteractionKind.UNLIKED: -1}
COMMENTS: Mapping[InteractionKind, int] = {InteractionKind.COMMENT_ADDED: 1, InteractionKind.COMMENT_DELETED: -1}


def change_of(event: CountsEvent, message: IncomingMessage) -> TallyChange:
    """Return the change that an event makes, with its position in the topic."""
    place = (message.offset, message.timestamp_ms)
    if isinstance(event, CountsCorrected):
        return TallyChange(event.post_id, event.likes, event.comments, *place, event.expected_position)
    return TallyChange(event.post_id, LIKES.get(event.kind, 0), COMMENTS.get(event.kind, 0), *place)


def build_tallies(held: Mapping[int, Tally], changes: Sequence[TallyChange]) -> list[Tally]:
    """Return the tally of each changed post after its changes, which are given in the order of the topic."""
    by_post: dict[int, list[TallyChange]] = {}
    for change in changes:
        by_post.setdefault(change.post_id, []).append(change)
    return [counted(held.get(post_id, Tally(post_id)), its) for post_id, its in by_post.items()]


def build_counts(tallies: Sequence[Tally]) -> list[PostCounts]:
    """Return tallies as counts for the post cache."""
    return [counts_of(tally) for tally in tallies]
