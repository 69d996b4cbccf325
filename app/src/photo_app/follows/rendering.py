"""Renders a follow as clients see it. Pure."""

from photo_app.follows.schemas import FollowView
from photo_core.domain.accounts import Follow


def follow_view(follow: Follow) -> FollowView:
    """Return a follow as clients see it."""
    return FollowView(follow.following, follow.requested, follow.follower_count)
