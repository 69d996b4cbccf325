"""Whether a post is pushed into its followers' feeds or pulled by its readers; pure.

Called by the planner's handler. A reader sees what was pushed and what the author's pull ranges cover, so every post
must end in at least one of the two, whatever is repeated or arrives late. That suffices: every reader asks for the
state version after its request began, so a range holds for all reads that begin after it was stored, and neither way
of crossing the threshold needs a time in which both are done.
"""

from msgspec import Struct

from photo_core.domain.accounts import AuthorReach, PullRange
from photo_core.domain.ids import created_at_ms, smallest_at

CLOSE_BELOW = 0.8  # of the threshold; the gap keeps an author near it from flapping
CLOCK_SKEW_MS = 60_000  # between the pods that mint ids and the planner, and the time that closing a range may take


class PullThresholds(Struct, frozen=True):
    """The number of followers from which an author is pulled, and the age from which a post is."""

    celebrity_threshold: int
    skip_after_ms: int


class PostToPlan(Struct, frozen=True):
    """A post to deliver to followers, and the time of the decision in Unix milliseconds."""

    post_id: int
    now_ms: int


class Push(Struct, frozen=True):
    """Write the post into every follower's feed."""


class Pull(Struct, frozen=True):
    """The author's open range covers the post: nothing to do."""


class PullSinglePost(Struct, frozen=True):
    """Add a pull range of this post alone: it is too old to be worth a fan-out."""

    range: PullRange


class OpenRangeAndPull(Struct, frozen=True):
    """Open a pull range at `from_id`."""

    from_id: int


class PushAndCloseRange(Struct, frozen=True):
    """Write the post into every follower's feed, and only then close the open range at `closing_id`."""


Decision = Push | Pull | PullSinglePost | OpenRangeAndPull | PushAndCloseRange


def decide(reach: AuthorReach, post: PostToPlan, limits: PullThresholds) -> Decision:
    """Return how a post reaches the author's followers.

    An author is pulled from the threshold on and pushed again below 80 % of it; in between nothing changes. A post that
    has waited too long is pulled for any author: a backlog must not delay new posts.
    """
    late = post.now_ms - created_at_ms(post.post_id) >= limits.skip_after_ms
    if reach.open_range is not None and post.post_id >= reach.open_range.from_id:
        ends = not late and reach.follower_count < limits.celebrity_threshold * CLOSE_BELOW
        return PushAndCloseRange() if ends else Pull()
    if late:
        return PullSinglePost(PullRange(reach.author_id, post.post_id, post.post_id))
    if reach.open_range is None and reach.follower_count >= limits.celebrity_threshold:
        return OpenRangeAndPull(post.post_id)
    return Push()


def closing_id(now_ms: int) -> int:
    """Return the id at which an open range is closed at a time: above all that may have been left to the range.

    Another planner, with posts of the same author from the retry topic, leaves them to the range until it is closed;
    so the time is that of the closing, after the push. Readers drop what they then see twice.
    """
    return smallest_at(now_ms + CLOCK_SKEW_MS)
