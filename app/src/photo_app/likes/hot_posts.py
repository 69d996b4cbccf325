"""Detects posts with more likes a second than one partition can take; counts this process's likes only."""

from photo_core.clock import Clock
from photo_core.domain.like_shards import HOT_LIKES_A_SECOND


class HotPosts:
    """Likes in the current second, by post."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._second = 0
        self._likes: dict[int, int] = {}

    def becomes_hot(self, post_id: int) -> bool:
        """Count a like; True for the one that makes a post hot in this second."""
        second = int(self._clock.monotonic())
        if second != self._second:
            self._second, self._likes = second, {}
        self._likes[post_id] = self._likes.get(post_id, 0) + 1
        return self._likes[post_id] == HOT_LIKES_A_SECOND
