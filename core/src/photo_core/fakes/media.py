"""Media records in memory."""

from collections.abc import Collection, Mapping

from photo_core.domain.media import Media
from photo_core.domain.media_lifecycle import is_finished, precedence


class FakeMediaRecords:
    """Keeps of each media the record that is furthest in its life."""

    def __init__(self) -> None:
        self.by_id: dict[int, Media] = {}

    async def save(self, media: Media) -> None:
        """Store the record unless a further one is there."""
        held = self.by_id.get(media.media_id)
        if held is None or precedence(held) <= precedence(media):
            self.by_id[media.media_id] = media

    async def get_many(self, media_ids: Collection[int]) -> Mapping[int, Media]:
        """Return the records that exist, by id."""
        return {media_id: self.by_id[media_id] for media_id in media_ids if media_id in self.by_id}

    async def unfinished(self, created_from_ms: int, created_before_ms: int) -> list[Media]:
        """Return the unfinished records of a time, oldest first."""
        within = [m for m in self.by_id.values() if created_from_ms <= m.created_at_ms < created_before_ms]
        return sorted((m for m in within if not is_finished(m)), key=lambda m: (m.created_at_ms, m.media_id))


class FakeMediaLeases:
    """Keeps who has taken which media."""

    def __init__(self) -> None:
        self.holders: dict[int, frozenset[str]] = {}

    async def take(self, media_id: int, holder: str) -> frozenset[str]:
        """Take a media, and return who else has."""
        held = self.holders.get(media_id, frozenset())
        self.holders[media_id] = held | {holder}
        return held - {holder}

    async def give_back(self, media_id: int, holder: str) -> None:
        """Have a media no longer."""
        self.holders[media_id] = self.holders.get(media_id, frozenset()) - {holder}
