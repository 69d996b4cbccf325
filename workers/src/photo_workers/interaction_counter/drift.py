"""Whether a post's counts have drifted from its membership rows; pure.

Called by the reconciler. A difference alone is not drift, since an event may be on its way. It is drift if two checks,
further apart than any event takes, found the same rows and the same tally. The correction is valid for that tally only,
and the only writer of tallies applies it in the order of the topic.
"""

from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from photo_core.domain.interactions import Membership, Tally
from photo_core.messages.events import CountsCorrected

SETTLING_MS = 60_000  # longer than a request takes from its touch to its event, and than a producer tries


class CountComparison(Struct, frozen=True):
    """The tally and the membership rows of a post as one check found them."""

    at_ms: int
    tally: Tally
    likes: Membership
    comments: Membership

    @property
    def missing_likes(self) -> int:
        """How many likes the tally lacks; negative when it has too many."""
        return self.likes.count - self.tally.likes

    @property
    def missing_comments(self) -> int:
        """How many comments the tally lacks; negative when it has too many."""
        return self.comments.count - self.tally.comments

    @property
    def size(self) -> int:
        """How far the tally is from the rows."""
        return max(abs(self.missing_likes), abs(self.missing_comments))

    def same_as(self, other: Self) -> bool:
        """Return whether another check found the same."""
        return replace(self, at_ms=other.at_ms) == other


class Consistent(Struct, frozen=True):
    """The tally equals the number of rows."""


class Suspect(Struct, frozen=True):
    """They differ for now: check again once every event has arrived, and compare with `seen`."""

    seen: CountComparison


class Drifted(Struct, frozen=True):
    """An event was lost or counted twice; the correction repairs it."""

    correction: CountsCorrected


Verdict = Consistent | Suspect | Drifted


def judge(before: CountComparison | None, now: CountComparison) -> Verdict:
    """Return the verdict on a post, given the earlier check that found the same difference."""
    if now.size == 0:
        return Consistent()
    if before is None or not now.same_as(before):
        return Suspect(now)
    if now.at_ms - before.at_ms < SETTLING_MS:
        return Suspect(before)
    return Drifted(
        CountsCorrected(
            post_id=now.tally.post_id,
            likes=now.missing_likes,
            comments=now.missing_comments,
            expected_position=now.tally.position,
            at_ms=now.at_ms,
        )
    )
