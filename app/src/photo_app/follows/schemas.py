"""Follows as clients see them; also the response about a follow request."""

from msgspec import Struct


class FollowView(Struct, frozen=True):
    """Whether a follower follows a user, or has asked to, after a call."""

    following: bool
    requested: bool
    follower_count: int
