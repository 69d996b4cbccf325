"""Likes as clients see them."""

from msgspec import Struct


class LikeView(Struct, frozen=True):
    """How the viewer stands to a post after liking it or no longer."""

    liked: bool
    like_count: int
