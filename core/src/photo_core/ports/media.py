"""Media records (Cassandra) and their objects (an S3 store)."""

from collections.abc import Collection, Mapping
from typing import Protocol

from msgspec import Struct

from photo_core.domain.media import Media


class MediaRecords(Protocol):
    """What is known of each media."""

    async def save(self, media: Media) -> None:
        """Store the whole record, unless one that is further in its life is there already: states only advance."""
        ...

    async def get_many(self, media_ids: Collection[int]) -> Mapping[int, Media]:
        """Return the records that exist, by id."""
        ...

    async def unfinished(self, created_from_ms: int, created_before_ms: int) -> list[Media]:
        """Return the records of a time that are neither READY, FAILED nor EXPIRED, oldest first: for the sweeper."""
        ...


class MediaLeases(Protocol):
    """Which encoders have taken a media. One that died has never given it back; what it took is known for a day."""

    async def take(self, media_id: int, holder: str) -> frozenset[str]:
        """Take a media, once however often it is repeated, and return who else took it and never gave it back."""
        ...

    async def give_back(self, media_id: int, holder: str) -> None:
        """Have a media no longer; nothing happens if it was not taken."""
        ...


class PresignedUpload(Struct, frozen=True):
    """How a client uploads: send these headers, and as many bytes as were announced."""

    method: str
    url: str
    headers: dict[str, str]
    expires_at_ms: int


class StoredObject(Struct, frozen=True):
    """What the store says of an object."""

    size_bytes: int
    content_type: str


class ObjectStorage(Protocol):
    """Originals as uploaded (private), and variants (served from their public URL, immutable)."""

    def presign_upload(self, media: Media) -> PresignedUpload:
        """Sign a PUT of exactly the media's size and type on the public endpoint.

        Valid for an hour after the media was created; the same media gives the same URL, so that a replayed
        request gets the same answer.
        """
        ...

    async def head_original(self, object_key: str) -> StoredObject | None:
        """Return what is stored under an original's key, or None."""
        ...

    async def get_original(self, object_key: str) -> bytes | None:
        """Return an uploaded original, or None."""
        ...

    async def delete_original(self, object_key: str) -> None:
        """Remove an uploaded original; nothing happens if it is gone."""
        ...

    async def put_variant(self, object_key: str, content_type: str, body: bytes) -> None:
        """Store a variant with immutable cache headers."""
        ...

    async def delete_variant(self, object_key: str) -> None:
        """Remove a variant; nothing happens if it is gone."""
        ...

    async def is_served(self, object_key: str) -> bool:
        """Return whether everybody can still read a variant at its public URL."""
        ...

    def variant_url(self, object_key: str) -> str:
        """Return the public URL of a variant."""
        ...
