"""The real `Comments`: by id, by post and by author, each change one logged batch.

Creates are written as of their creation and deletes later, so a replayed create never undoes a delete. Which of several
deletes is the one that counts is decided by a transaction on a row of its own.
"""

from typing import Any

from photo_core.domain.interactions import Comment, Membership
from photo_core.stores.cassandra.paging import AFTER_ALL, ROWS_A_PAGE, pages
from photo_core.stores.cassandra.session import CassandraSession

COLUMNS = "comment_id, post_id, author_id, username, text, created_at_ms"
CREATE = f"INSERT INTO comments ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"  # noqa: S608 - ours
LIST = f"INSERT INTO comments_by_post ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"  # noqa: S608 - ours
ENTER_AUTHORS = f"INSERT INTO comments_by_author ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"  # noqa: S608 - ours
DELETE = "DELETE FROM comments USING TIMESTAMP ? WHERE comment_id = ?"
UNLIST = "DELETE FROM comments_by_post USING TIMESTAMP ? WHERE post_id = ? AND comment_id = ?"
LEAVE_AUTHORS = "DELETE FROM comments_by_author USING TIMESTAMP ? WHERE author_id = ? AND comment_id = ?"
DELETE_FIRST = "INSERT INTO comment_deletions (comment_id, deleted) VALUES (?, true) IF NOT EXISTS"
WAS_DELETED = "SELECT deleted FROM comment_deletions WHERE comment_id = ?"
GET = f"SELECT {COLUMNS} FROM comments WHERE comment_id = ?"  # noqa: S608 - ours
PAGE = f"SELECT {COLUMNS} FROM comments_by_post WHERE post_id = ? AND comment_id < ? LIMIT ?"  # noqa: S608 - ours
BY_AUTHOR = f"SELECT {COLUMNS} FROM comments_by_author WHERE author_id = ? AND comment_id < ? LIMIT ?"  # noqa: S608 - ours
SOME = "SELECT comment_id FROM comments_by_post WHERE post_id = ? LIMIT ?"
MEMBERS = "SELECT comment_id FROM comments_by_post WHERE post_id = ? AND comment_id < ? LIMIT ?"


class CassandraComments:
    """Comments by id, by post and by author."""

    def __init__(self, session: CassandraSession, rows_a_page: int = ROWS_A_PAGE) -> None:
        self._session = session
        self._rows_a_page = rows_a_page

    async def create(self, comment: Comment) -> None:
        """Store a comment; the same call again changes nothing, and never undoes a delete."""
        values = (
            *(comment.comment_id, comment.post_id, comment.author_id),
            *(comment.username, comment.text, comment.created_at_ms),
            _written(comment),
        )
        await self._session.execute_batch([(CREATE, values), (LIST, values), (ENTER_AUTHORS, values)])

    async def get(self, comment_id: int) -> Comment | None:
        """Return a comment, or None if there is none or it was deleted."""
        rows = await self._session.execute(GET, (comment_id,))
        return _comment(rows[0]) if rows else None

    async def delete(self, comment: Comment) -> bool:
        """Delete a comment; True for the one call that has, however many ask at once."""
        written = _written(comment) + 1
        await self._session.execute_batch(
            [
                (DELETE, (written, comment.comment_id)),
                (UNLIST, (written, comment.post_id, comment.comment_id)),
                (LEAVE_AUTHORS, (written, comment.author_id, comment.comment_id)),
            ]
        )
        (row,) = await self._session.execute(DELETE_FIRST, (comment.comment_id,))
        return bool(row.applied)

    async def was_deleted(self, comment_id: int) -> bool:
        """Return whether a comment was deleted within the last day."""
        return bool(await self._session.execute(WAS_DELETED, (comment_id,)))

    async def page(self, post_id: int, before_id: int, limit: int) -> list[Comment]:
        """Return a post's comments with ids below `before_id`, newest first."""
        return [_comment(row) for row in await self._session.execute(PAGE, (post_id, before_id, limit))]

    async def by_author(self, author_id: int, before_id: int, limit: int) -> list[Comment]:
        """Return an author's comments with ids below `before_id`, newest first."""
        return [_comment(row) for row in await self._session.execute(BY_AUTHOR, (author_id, before_id, limit))]

    async def count(self, post_id: int, at_most: int) -> int | None:
        """Return the exact number of a post's comments, or None when it is above `at_most`."""
        count = len(await self._session.execute(SOME, (post_id, at_most + 1)))
        return count if count <= at_most else None

    async def members(self, post_id: int) -> Membership:
        """Count all comments of a post."""
        count = fingerprint = 0
        async for rows in pages(self._session, MEMBERS, (post_id,), AFTER_ALL, self._rows_a_page):
            count, fingerprint = count + len(rows), fingerprint + sum(row.comment_id for row in rows)
        return Membership(count, fingerprint)


def _written(comment: Comment) -> int:
    return comment.created_at_ms * 1000


def _comment(row: Any) -> Comment:
    return Comment(*row)
