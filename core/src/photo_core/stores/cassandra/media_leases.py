"""The real `MediaLeases`: a row an encoder that has a media in hand; rows end by themselves with the media's life."""

from photo_core.domain.media_lifecycle import EXPIRES_AFTER_MS
from photo_core.stores.cassandra.session import CassandraSession

HELD_SECONDS = EXPIRES_AFTER_MS // 1000
TAKE = "INSERT INTO media_leases (media_id, holder) VALUES (?, ?) USING TTL ?"
GIVE_BACK = "DELETE FROM media_leases WHERE media_id = ? AND holder = ?"
HOLDERS = "SELECT holder FROM media_leases WHERE media_id = ?"


class CassandraMediaLeases:
    """Who has which media in hand."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def take(self, media_id: int, holder: str) -> frozenset[str]:
        """Take a media, and return who else has taken it and never gave it back."""
        await self._session.execute(TAKE, (media_id, holder, HELD_SECONDS))
        rows = await self._session.execute(HOLDERS, (media_id,))
        return frozenset(row.holder for row in rows) - {holder}

    async def give_back(self, media_id: int, holder: str) -> None:
        """Have a media no longer."""
        await self._session.execute(GIVE_BACK, (media_id, holder))
