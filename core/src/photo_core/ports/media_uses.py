"""Which posts show a media, so that its objects go with the last of them and never before.

A media may be put into a new post at the very moment at which its last post is purged. What keeps a live post from
losing its objects is an order, not a lock. Whoever creates a post first claims its media and then reads whether they
are closed; whoever purges first closes a media and then reads who claims it. Each writes before it reads, so of two
that meet at least one sees the other: the post is refused, or the objects stay. Nothing ever opens a media again and
only the deletion of its post removes a claim, so that neither a crash nor a late or repeated step can undo what the
other one has seen. A claim whose post never came is ended by `Posts.forbid`: a deletion wins over a late create.

Price: a media that was closed while a post claimed it stays with that post but can be put into no further one.
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
