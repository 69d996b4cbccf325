"""Follows as clients see them."""

from msgspec import Struct


class FollowView(Struct, frozen=True):
    """How the viewer stands to a user after following or unfollowing."""

    following: bool
    requested: bool
    follower_count: int
