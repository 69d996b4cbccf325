"""The real `Saves`: one partition a user, changed by transactions only."""

from photo_core.stores.cassandra.session import CassandraSession

SAVE = "INSERT INTO saves (user_id, post_id) VALUES (?, ?) IF NOT EXISTS"
UNSAVE = "DELETE FROM saves WHERE user_id = ? AND post_id = ? IF EXISTS"
PAGE = "SELECT post_id FROM saves WHERE user_id = ? AND post_id < ? LIMIT ?"


class CassandraSaves:
    """Saved posts by user."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def save(self, user_id: int, post_id: int) -> None:
        """Keep a post; idempotent."""
        await self._session.execute(SAVE, (user_id, post_id))

    async def unsave(self, user_id: int, post_id: int) -> None:
        """Keep a post no longer; idempotent."""
        await self._session.execute(UNSAVE, (user_id, post_id))

    async def page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return the ids below `before_id` of a user's saved posts, highest first."""
        return [row.post_id for row in await self._session.execute(PAGE, (user_id, before_id, limit))]
