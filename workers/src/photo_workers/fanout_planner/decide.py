"""Whether a post is pushed into its followers' feeds or pulled by its readers; pure.

Called by the planner's handler. A reader sees what was pushed and what the author's pull ranges cover, so every post
must end in at least one of the two, whatever is repeated or arrives late.
"""

from msgspec import Struct

from photo_core.domain.accounts import AuthorReach
from photo_core.domain.ids import smallest_at

CLOSE_BELOW = 0.8  # of the threshold; the gap keeps an author near it from flapping
CLOCK_SKEW_MS = 60_000  # between the pods that mint ids and the planner


class PostToPlan(Struct, frozen=True):
    """A post to bring to followers, and the time of the decision in Unix milliseconds."""

    post_id: int
    now_ms: int


class Push(Struct, frozen=True):
    """Write the post into every follower's feed."""


class Pull(Struct, frozen=True):
    """The author's open range covers the post: nothing to do."""


class OpenRangeAndPull(Struct, frozen=True):
    """Open a pull range at `from_id`."""

    from_id: int


class PushAndCloseRange(Struct, frozen=True):
    """Write the post into every follower's feed, and only then close the open range at `to_id`, inclusive."""

    to_id: int


Decision = Push | Pull | OpenRangeAndPull | PushAndCloseRange


def decide(reach: AuthorReach, post: PostToPlan, threshold: int) -> Decision:
    """Return what brings a post to the author's followers.

    From `threshold` followers on an author is pulled; below 80 % of it pushed again; in between as before. Posts may
    arrive late (from the retry topic or the outbox relay), when newer ones already rely on the open range: so it is
    closed above every id minted until now, and readers drop what they then see twice.
    """
    if reach.open_range is None:
        return OpenRangeAndPull(post.post_id) if reach.follower_count >= threshold else Push()
    if post.post_id < reach.open_range.from_id:
        return Push()
    if reach.follower_count < threshold * CLOSE_BELOW:
        return PushAndCloseRange(smallest_at(post.now_ms + CLOCK_SKEW_MS))
    return Pull()
