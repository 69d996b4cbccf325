"""Likes as clients see them."""

from msgspec import Struct


class LikeView(Struct, frozen=True):
    """Whether the viewer likes a post, and how many do, after a call."""

    liked: bool
    like_count: int
