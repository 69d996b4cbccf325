"""Remembers whose likes, comments and counts were removed; away together with a `FakeOutbox`."""

from photo_core.fakes.posts import FakeOutbox


class FakeInteractionErasure:
    """Likes, comments and counts of posts that are gone."""

    def __init__(self, outbox: FakeOutbox) -> None:
        self.erased: list[int] = []
        self._outbox = outbox

    async def erase(self, post_id: int) -> None:
        """Note a post."""
        self._outbox.require()
        self.erased.append(post_id)
