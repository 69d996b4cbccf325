"""Follows as clients see them; also the answer about a follow request."""

from msgspec import Struct

from photo_core.domain.accounts import Follow


class FollowView(Struct, frozen=True):
    """How a follower stands to a user after a call."""

    following: bool
    requested: bool
    follower_count: int


def follow_view(follow: Follow) -> FollowView:
    """Return a follow as clients see it."""
    return FollowView(follow.following, follow.requested, follow.follower_count)
