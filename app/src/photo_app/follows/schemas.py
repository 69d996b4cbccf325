"""Follows as clients see them; also the response about a follow request."""

from msgspec import Struct


class FollowView(Struct, frozen=True):
    """How a follower stands to a user after a call."""

    following: bool
    requested: bool
    follower_count: int
