"""The real `Posts`: posts by id, timelines by author, each change one logged batch with its outbox record.

A deletion writes later than any create of the same post, so that of the two it is always the deletion that holds.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from photo_core.domain import ids
from photo_core.domain.operations import deletion_of
from photo_core.domain.posts import Location, Post, PostMedia
from photo_core.ports.posts import OutboxRecord
from photo_core.stores.cassandra.media_uses import release
from photo_core.stores.cassandra.operations import beginning
from photo_core.stores.cassandra.outbox_rows import insertion
from photo_core.stores.cassandra.session import CassandraSession

COLUMNS = "post_id, author_id, username, media, caption, location, tagged_users, created_at_ms"
CREATE = f"INSERT INTO posts ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"  # noqa: S608 - ours
ENTER_TIMELINE = "INSERT INTO author_timeline (author_id, post_id) VALUES (?, ?) USING TIMESTAMP ?"
MARK_DELETED = "UPDATE posts USING TIMESTAMP ? SET deleted_at_ms = ? WHERE post_id = ?"
LEAVE_TIMELINE = "DELETE FROM author_timeline USING TIMESTAMP ? WHERE author_id = ? AND post_id = ?"
GET_MANY = f"SELECT {COLUMNS}, deleted_at_ms FROM posts WHERE post_id IN ?"  # noqa: S608 - ours
TIMELINE = "SELECT post_id FROM author_timeline WHERE author_id = ? AND post_id < ? LIMIT ?"
TIMELINES = """
SELECT author_id, post_id FROM author_timeline WHERE author_id IN ? AND post_id < ? PER PARTITION LIMIT ?
"""
IDS_A_QUERY = 25  # a coordinator asks that many partitions at once


class CassandraPosts:
    """Posts by id and by author."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def create(self, post: Post, event: OutboxRecord) -> None:
        """Store post, timeline entry and outbox record together; the same call again changes nothing."""
        written = post.created_at_ms * 1000
        await self._session.execute_batch(
            [
                (CREATE, (*_values(post), written)),
                (ENTER_TIMELINE, (post.author_id, post.post_id, written)),
                insertion(event),
            ]
        )

    async def delete(self, post: Post, deleted_at_ms: int, event: OutboxRecord) -> None:
        """Mark a post deleted, take it from its timeline, end its claims and begin its operation."""
        # a pod whose clock is behind deletes all the same
        written = max(deleted_at_ms, post.created_at_ms + 1) * 1000
        await self._session.execute_batch(
            [
                (MARK_DELETED, (written, deleted_at_ms, post.post_id)),
                (LEAVE_TIMELINE, (written, post.author_id, post.post_id)),
                *release(post.post_id, [media.media_id for media in post.media], written),
                beginning(deletion_of(post, deleted_at_ms)),
                insertion(event),
            ]
        )

    async def forbid(self, post_id: int, author_id: int, media_ids: Collection[int]) -> None:
        """Let no post come to be under an id: the deletion of a post that is not there yet."""
        deleted_at_ms = ids.created_at_ms(post_id) + 1
        written = deleted_at_ms * 1000
        await self._session.execute_batch(
            [
                (MARK_DELETED, (written, deleted_at_ms, post_id)),
                (LEAVE_TIMELINE, (written, author_id, post_id)),
                *release(post_id, media_ids, written),
            ]
        )

    async def get_many(self, post_ids: Collection[int]) -> Mapping[int, Post]:
        """Return the posts that exist, by id, deleted ones with `deleted_at_ms` set."""
        pages = await asyncio.gather(*(self._get(ids) for ids in _chunks(list(post_ids))))
        return {row.post_id: _post(row) for rows in pages for row in rows if row.author_id is not None}

    async def timeline(self, author_id: int, before_id: int, limit: int) -> list[int]:
        """Return an author's post ids below `before_id`, newest first, without deleted ones."""
        rows = await self._session.execute(TIMELINE, (author_id, before_id, limit))
        return [row.post_id for row in rows]

    async def timeline_to_show(self, author_id: int, before_id: int, limit: int) -> list[int]:
        """Return the same, perhaps without the latest posts and with some that were just deleted."""
        rows = await self._session.execute_to_show(TIMELINE, (author_id, before_id, limit))
        return [row.post_id for row in rows]

    async def timelines(self, author_ids: Sequence[int], before_id: int, limit: int) -> Mapping[int, list[int]]:
        """Return each author's post ids below `before_id`, newest first, without deleted ones."""
        found: dict[int, list[int]] = {author_id: [] for author_id in author_ids}
        for authors in _chunks(author_ids):
            for author_id, post_id in await self._session.execute(TIMELINES, (authors, before_id, limit)):
                found[author_id].append(post_id)
        return found

    async def _get(self, post_ids: Sequence[int]) -> list[Any]:
        return await self._session.execute(GET_MANY, (post_ids,))


def _chunks(post_ids: Sequence[int]) -> list[Sequence[int]]:
    return [post_ids[start : start + IDS_A_QUERY] for start in range(0, len(post_ids), IDS_A_QUERY)]


def _values(post: Post) -> tuple[Any, ...]:
    return (
        post.post_id,
        post.author_id,
        post.username,
        _json(post.media),
        post.caption,
        _json(post.location),
        _json(post.tagged_users),
        post.created_at_ms,
    )


def _post(row: Any) -> Post:
    return Post(
        post_id=row.post_id,
        author_id=row.author_id,
        username=row.username,
        media=msgspec.json.decode(row.media, type=tuple[PostMedia, ...]),
        caption=row.caption,
        created_at_ms=row.created_at_ms,
        location=msgspec.json.decode(row.location, type=Location | None),
        tagged_users=msgspec.json.decode(row.tagged_users, type=tuple[str, ...]),
        deleted_at_ms=row.deleted_at_ms,
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
