"""Begins uploads and shows their progress.

Only its owner sees a media; others see its variants in the posts that they may see. The record is stored before the URL
is returned, so that every object in the store has an owner. The store's events drive the rest, not the client: see
photo_workers.
"""

from msgspec import Struct

from photo_app.authentication.tokens import Viewer
from photo_app.http.idempotency import Claim, Idempotency, KeyedRequest
from photo_app.http.problems import InvalidField, Problem, ProblemType, not_found
from photo_app.media.schemas import NewUpload
from photo_core.domain.media import Media, MediaState
from photo_core.domain.media_lifecycle import original_key
from photo_core.ports.media import MediaRecords, ObjectStorage, PresignedUpload
from photo_core.ports.media_uses import MediaUses
from photo_core.telemetry.metrics import UPLOADS_STARTED

ROUTE = "POST /v1/media/upload/init"


class StartedUpload(Struct, frozen=True):
    """A media that waits for its upload."""

    media: Media
    upload: PresignedUpload


class MediaService:
    """Begins and shows the media of their owners.

    Args:
        records: where media are stored.
        uses: the media whose last post is deleted.
        objects: where media are uploaded to.
        idempotency: keeps a repeated request from beginning another upload.
        max_photo_bytes: the size of the largest photograph.
    """

    def __init__(
        self,
        records: MediaRecords,
        uses: MediaUses,
        objects: ObjectStorage,
        idempotency: Idempotency,
        max_photo_bytes: int,
    ) -> None:
        self._records = records
        self._uses = uses
        self._objects = objects
        self._idempotency = idempotency
        self._max_photo_bytes = max_photo_bytes

    async def begin(self, owner: Viewer, wanted: NewUpload, key: str | None) -> StartedUpload:
        """Store a PENDING media and sign its upload, or return the one that this Idempotency-Key has begun.

        Raises:
            Problem: the photograph is too large, the key was used with another body, or its request is in flight.
        """
        require_size(wanted.size_bytes, self._max_photo_bytes)
        request = KeyedRequest(owner.user_id, ROUTE, key, wanted.model_dump_json().encode())
        claim = await self._idempotency.claim(request)
        media = await self._find(claim.resource_id) if claim.repeated else None
        if media is None:
            claim.require_abandoned(self._idempotency.now_ms())
            media = build_media(claim, owner.user_id, wanted)
            await self._records.save(media)
            UPLOADS_STARTED.inc()
        return StartedUpload(media, self._objects.presign_upload(media))

    async def get(self, owner: Viewer, media_id: int) -> Media:
        """Return one's own media.

        Raises:
            Problem: there is none, its last post is deleted, or it is somebody else's (404).
        """
        media = await self._find(media_id)
        if media is None or media.owner_id != owner.user_id or await self._is_gone(media):
            raise not_found("media")
        return media

    async def _is_gone(self, media: Media) -> bool:
        return media.state is MediaState.READY and bool(await self._uses.closed([media.media_id]))

    async def _find(self, media_id: int) -> Media | None:
        return (await self._records.get_many([media_id])).get(media_id)


def require_size(size_bytes: int, most: int) -> None:
    """Accept a photograph that is not too large.

    Raises:
        Problem: it is larger (422).
    """
    if size_bytes > most:
        errors = [InvalidField("body.size_bytes", f"a photograph may have at most {most} bytes")]
        raise Problem(ProblemType.VALIDATION, "see errors", extra={"errors": errors})


def build_media(claim: Claim, owner_id: int, wanted: NewUpload) -> Media:
    """Return the PENDING record; the same claim and body give the same record."""
    return Media(
        media_id=claim.resource_id,
        owner_id=owner_id,
        content_type=wanted.content_type,
        size_bytes=wanted.size_bytes,
        object_key=original_key(claim.resource_id),
        created_at_ms=claim.created_at_ms,
        sha256=wanted.sha256,
        filter=wanted.filter,
    )
