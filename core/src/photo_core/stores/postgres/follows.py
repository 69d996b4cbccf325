"""The real `Follows`: a row a follow, with exact counts and versions kept in the same transaction."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from photo_core.domain.accounts import AuthorReach, Follow, FollowerRead, FollowGraph, PullRange
from photo_core.domain.pull_ranges import closed_at, joined
from photo_core.domain.visibility import Relation
from photo_core.errors import Refused
from photo_core.stores.postgres import graphs, pairs, pull_ranges

if TYPE_CHECKING:
    from photo_core.stores.postgres.pool import PostgresPool

REQUEST = "INSERT INTO follow_requests (requester_id, owner_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
RELATIONS = """
SELECT
    user_id AS author_id,
    private,
    EXISTS (SELECT FROM follows WHERE follower_id = $1 AND followee_id = user_id) AS following,
    EXISTS (SELECT FROM blocks WHERE blocker_id = $1 AND blocked_id = user_id) AS blocking,
    EXISTS (SELECT FROM blocks WHERE blocker_id = user_id AND blocked_id = $1) AS blocked_by,
    EXISTS (SELECT FROM mutes WHERE viewer_id = $1 AND author_id = user_id) AS muted
FROM accounts WHERE user_id = ANY($2::bigint[]) AND deleted_at_ms IS NULL
"""
FOLLOWERS_PAGE = """
SELECT follower_id FROM follows WHERE followee_id = $1 AND follower_id < $2 ORDER BY follower_id DESC LIMIT $3
"""
FOLLOWING_PAGE = """
SELECT followee_id FROM follows WHERE follower_id = $1 AND followee_id < $2 ORDER BY followee_id DESC LIMIT $3
"""
FOLLOWERS_AFTER = """
SELECT follower_id, last_seen_at >= to_timestamp($4) AS active
FROM follows JOIN accounts ON user_id = follower_id AND last_seen_at >= to_timestamp($5)
WHERE followee_id = $1 AND follower_id > $2 AND user_id > $2 ORDER BY follower_id LIMIT $3
"""
FOLLOWERS_READ = 2_000
REACH = """
SELECT follower_count, from_id FROM accounts LEFT JOIN pull_ranges ON author_id = user_id AND to_id IS NULL
WHERE user_id = $1
"""


class PostgresFollows:
    """Who follows whom, and whose posts are pulled."""

    def __init__(self, pool: "PostgresPool") -> None:
        self._pool = pool

    async def follow(self, follower_id: int, followee_id: int) -> Follow | None:
        """Make one follow another, or ask to; None if one of them does not exist.

        Raises:
            Refused: a block stands between the two.
        """
        async with self._pool.transaction() as connection:
            if not await pairs.lock(connection, follower_id, followee_id):
                return None
            now = await pairs.pair_state(connection, follower_id, followee_id)
            if now.blocked:
                raise Refused("a block stands between the two")
            if not now.private:
                return await pairs.link(connection, follower_id, followee_id)
            if not now.following:
                await connection.execute(REQUEST, follower_id, followee_id)
            return await pairs.unchanged(connection, follower_id, followee_id)

    async def unfollow(self, follower_id: int, followee_id: int) -> Follow | None:
        """Undo a follow and withdraw a request; None if one of them does not exist."""
        async with self._pool.transaction() as connection:
            if not await pairs.lock(connection, follower_id, followee_id):
                return None
            return await pairs.unlink(connection, follower_id, followee_id)

    async def graph(self, viewer_id: int) -> FollowGraph:
        """Return the viewer's followees and their pull ranges, in one snapshot."""
        async with self._pool.connection() as connection:
            return await graphs.read(connection, viewer_id)

    async def relation(self, viewer_id: int, author_id: int) -> Relation | None:
        """Return how a viewer stands to an author; None if there is no such author."""
        return (await self.relations(viewer_id, [author_id])).get(author_id)

    async def relations(self, viewer_id: int, author_ids: Collection[int]) -> Mapping[int, Relation]:
        """Return how a viewer stands to those authors that exist, by author, in one snapshot."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(RELATIONS, viewer_id, author_ids)
        return {row["author_id"]: Relation(viewer_id, *row) for row in rows}

    async def followers_page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return follower ids below `before_id`, highest first."""
        async with self._pool.connection() as connection:
            return [row[0] for row in await connection.fetch(FOLLOWERS_PAGE, user_id, before_id, limit)]

    async def following_page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return followee ids below `before_id`, highest first."""
        async with self._pool.connection() as connection:
            return [row[0] for row in await connection.fetch(FOLLOWING_PAGE, user_id, before_id, limit)]

    async def follower_ranges(self, wanted: FollowerRead) -> AsyncIterator[tuple[int, ...]]:
        """Yield the followers of one snapshot in ranges, active ones first.

        The others are held until the end: an author with more of them than fit in memory is not pushed.
        """
        active: list[int] = []
        rest: list[int] = []
        async for rows in self._followers(wanted):
            for follower_id, is_active in rows:
                (active if is_active else rest).append(follower_id)
            while len(active) > wanted.size:
                yield tuple(active[: wanted.size])
                del active[: wanted.size]
        followers = active + rest
        for start in range(0, len(followers), wanted.size):
            yield tuple(followers[start : start + wanted.size])

    async def reach(self, author_id: int) -> AuthorReach:
        """Return the follower count and the open pull range of an author."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(REACH, author_id)
        if row is None:
            return AuthorReach(author_id, 0)
        open_range = None if row["from_id"] is None else PullRange(author_id, row["from_id"])
        return AuthorReach(author_id, row["follower_count"], open_range)

    async def open_pull_range(self, author_id: int, from_id: int) -> None:
        """Pull the author's posts from an id on; an open range is only ever extended downwards."""
        await self.add_pull_ranges([PullRange(author_id, from_id)])

    async def add_pull_ranges(self, closed: Sequence[PullRange]) -> None:
        """Pull ranges of their authors' posts, all or none; ranges that touch become one."""
        new: defaultdict[int, list[PullRange]] = defaultdict(list)
        for each in closed:
            new[each.author_id].append(each)
        async with self._pool.transaction() as connection:
            await pull_ranges.change(connection, new.keys(), lambda author, known: joined([*known, *new[author]]))

    async def close_pull_range(self, author_id: int, to_id: int) -> None:
        """End the author's open range at an id, inclusive."""
        async with self._pool.transaction() as connection:
            await pull_ranges.change(connection, [author_id], lambda _, known: closed_at(known, to_id))

    async def _followers(self, wanted: FollowerRead) -> AsyncIterator[list[tuple[int, bool]]]:
        since = (wanted.active_since_ms / 1000, wanted.unseen_since_ms / 1000)
        async with (
            self._pool.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            after = -1
            while rows := await connection.fetch(FOLLOWERS_AFTER, wanted.author_id, after, FOLLOWERS_READ, *since):
                yield [(row["follower_id"], row["active"]) for row in rows]
                after = rows[-1]["follower_id"]
