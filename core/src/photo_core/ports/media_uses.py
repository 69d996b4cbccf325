"""The posts that show a media, so that its objects are removed with the last of them and never earlier.

A media may be added to a new post at the moment when its last post is purged. An order of steps, not a lock, keeps a
live post from losing its objects: creating a post first claims its media and then reads whether they are closed, and a
purge first closes a media and then reads its claims. Both write before they read, so at least one of them sees the
other: the post is refused, or the objects stay. A media is never opened again, and only the deletion of its post
removes a claim, so neither a crash nor a late or repeated step undoes what the other has seen. `Posts.forbid` ends a
claim whose post was never created: a deletion wins over a late create.

The cost: a media that was closed while a post claimed it stays in that post but cannot be added to another one.
"""

from collections.abc import Collection
from typing import Protocol


class MediaUses(Protocol):
    """Claims of posts on media, and the media that no further post may show."""

    async def claim(self, post_id: int, created_at_ms: int, media_ids: Collection[int]) -> frozenset[int]:
        """Note that a post is about to show these media, and then return those of them that are closed.

        If any is, the post must not be made. The claim ends with the deletion of the post.
        """
        ...

    async def close(self, media_id: int, closed_at_ms: int) -> None:
        """Let no further post show a media, for good."""
        ...

    async def closed(self, media_ids: Collection[int]) -> frozenset[int]:
        """Return those of these media that no further post may show."""
        ...

    async def claimants(self, media_id: int) -> frozenset[int]:
        """Return the posts that show a media or were about to."""
        ...
