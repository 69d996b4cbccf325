"""Removing what people did to a post that is gone: the purge worker's way into likes, comments and counts."""

from typing import Protocol


class InteractionErasure(Protocol):
    """What stands under a deleted post, in Cassandra."""

    async def erase(self, post_id: int) -> None:
        """Remove a post's likes, comments and counts, also where they stand by user.

        To be called only once the post is deleted, so that nobody likes or comments on it any more. A call that broke
        off is repeated and goes on with what is left.
        """
        ...
