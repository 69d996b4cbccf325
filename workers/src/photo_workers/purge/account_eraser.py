"""Removes the data of a deleted account; every step may be repeated, by several processes at once.

Called by `accounts`. A post is touched before its like or comment is removed and the event follows, as in the API: if
the event is lost, the reconciler of interaction-counter counts the post again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from photo_core.clock import Clock
from photo_core.domain.ids import MAX_ID
from photo_core.domain.interactions import Comment
from photo_core.domain.operations import Surface
from photo_core.domain.posts import Post
from photo_core.ids import IdMinter
from photo_core.messages.events import Interaction, InteractionKind, encode
from photo_core.messages.topics import Topic
from photo_core.ports.account_deletions import AccountDeletions
from photo_core.ports.comments import Comments
from photo_core.ports.counters import Touches
from photo_core.ports.events import EventPublisher, OutgoingMessage
from photo_core.ports.likes import Likes
from photo_core.ports.post_cache import PostCache
from photo_core.ports.posts import Posts, deletion_record
from photo_core.ports.saves import Saves

AT_ONCE = 16  # of one kind
PAIRS_AT_ONCE = 500  # that one transaction locks
ReadIds = Callable[[int, int, int], Awaitable[list[int]]]  # of a user, below an id, at most so many


@dataclass(frozen=True)
class Reactions:
    """Stores of the likes, comments and saves of an account."""

    likes: Likes
    comments: Comments
    saves: Saves
    touches: Touches


@dataclass(frozen=True)
class AccountEraser:
    """Erases an account surface by surface."""

    posts: Posts
    post_cache: PostCache
    reactions: Reactions
    deletions: AccountDeletions
    publisher: EventPublisher
    minter: IdMinter
    clock: Clock

    async def clear(self, surface: Surface, user_id: int) -> bool:
        """Clear one surface of a deleted account; False while something of it cannot be read.

        Raises:
            EngineUnavailable: the surface may be cleared in part; the same call again goes on.
            MintingStopped: as above.
        """
        match surface:
            case Surface.POSTS:
                return await self._posts(user_id)
            case Surface.REACTIONS:
                return await self._reactions(user_id)
            case Surface.GRAPH:
                return await self._graph(user_id)
            case _:
                raise ValueError(f"an account has no surface {surface}")

    async def _posts(self, user_id: int) -> bool:
        """Delete every post as DELETE /v1/posts/{id} does; the purge worker continues with their events."""
        all_read = True
        async for post_ids in _walk(self.posts.timeline, user_id):
            found = await self.posts.get_many(post_ids)
            await asyncio.gather(*(self._delete(post) for post in found.values()))
            all_read = all_read and len(found) == len(post_ids)
        return all_read

    async def _delete(self, post: Post) -> None:
        """Bury first: once the post is deleted, it is not found here again."""
        await self.post_cache.bury(post.post_id)
        deleted_at_ms = self.clock.now_ms()
        await self.posts.delete(post, deleted_at_ms, deletion_record(self.minter.mint(), post, deleted_at_ms))

    async def _reactions(self, user_id: int) -> bool:
        async for post_ids in _walk(self.reactions.likes.newest_liked, user_id):
            await self._unlike(user_id, post_ids)
        before_id = MAX_ID
        while comments := await self.reactions.comments.by_author(user_id, before_id, AT_ONCE):
            await self._uncomment(comments)
            before_id = comments[-1].comment_id
        async for post_ids in _walk(self.reactions.saves.page, user_id):
            await asyncio.gather(*(self.reactions.saves.unsave(user_id, post_id) for post_id in post_ids))
        return True

    async def _unlike(self, user_id: int, post_ids: Sequence[int]) -> None:
        """Remove likes; the list of them goes last, so that they are found again after a crash."""
        await self._touch(post_ids)
        gone = await asyncio.gather(*(self.reactions.likes.unlike(post_id, user_id) for post_id in post_ids))
        unliked = [post_id for post_id, real in zip(post_ids, gone, strict=True) if real]
        await self._announce(InteractionKind.UNLIKED, user_id, unliked)
        await asyncio.gather(*(self.reactions.likes.forget(user_id, post_id) for post_id in post_ids))

    async def _uncomment(self, comments: Sequence[Comment]) -> None:
        await self._touch([comment.post_id for comment in comments])
        gone = await asyncio.gather(*(self.reactions.comments.delete(comment) for comment in comments))
        post_ids = [comment.post_id for comment, real in zip(comments, gone, strict=True) if real]
        await self._announce(InteractionKind.COMMENT_DELETED, comments[0].author_id, post_ids)

    async def _touch(self, post_ids: Sequence[int]) -> None:
        now_ms = self.clock.now_ms()
        await asyncio.gather(*(self.reactions.touches.touch(post_id, now_ms) for post_id in set(post_ids)))

    async def _announce(self, kind: InteractionKind, user_id: int, post_ids: Sequence[int]) -> None:
        now_ms = self.clock.now_ms()
        events = [Interaction(kind, post_id, user_id, now_ms) for post_id in post_ids]
        await self.publisher.publish(
            [OutgoingMessage(Topic.INTERACTIONS, str(event.post_id), encode(event)) for event in events]
        )

    async def _graph(self, user_id: int) -> bool:
        while await self.deletions.disentangle(user_id, PAIRS_AT_ONCE):
            pass
        return True


async def _walk(read: ReadIds, user_id: int) -> AsyncIterator[list[int]]:
    before_id = MAX_ID
    while ids := await read(user_id, before_id, AT_ONCE):
        yield ids
        before_id = ids[-1]
