"""An S3 store in memory, that enforces what a presigned upload promises."""

import base64
import hashlib
from collections.abc import Mapping

from msgspec import Struct

from photo_core.domain.media import Media
from photo_core.domain.media_lifecycle import expires_at_ms
from photo_core.errors import Engine, EngineUnavailable
from photo_core.ports.media import PresignedUpload, StoredObject


class _Object(Struct, frozen=True):
    content_type: str
    body: bytes


class FakeObjectStorage:
    """Holds originals and variants by key; `receive` is what a client's PUT meets."""

    def __init__(self) -> None:
        self.originals: dict[str, _Object] = {}
        self.variants: dict[str, _Object] = {}
        self.kept_at_edge: set[str] = set()
        self.available = True
        self.public_way_open = True
        self._announced: dict[str, Media] = {}

    def presign_upload(self, media: Media) -> PresignedUpload:
        """Remember what was announced."""
        headers = {"Content-Type": media.content_type}
        if media.sha256 is not None:
            headers["x-amz-checksum-sha256"] = base64.b64encode(bytes.fromhex(media.sha256)).decode()
        url = f"http://objects.test/original/{media.object_key}?X-Amz-Signature=fake"
        self._announced[url] = media
        return PresignedUpload("PUT", url, headers, expires_at_ms(media))

    def receive(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Answer a client's PUT as the real store does: 200, 400 for a wrong checksum, 403 for what was not signed."""
        media = self._announced.get(url)
        if media is None or headers.get("Content-Type") != media.content_type or len(body) != media.size_bytes:
            return 403
        if media.sha256 is not None and hashlib.sha256(body).hexdigest() != media.sha256:
            return 400
        self.originals[media.object_key] = _Object(media.content_type, body)
        return 200

    async def head_original(self, object_key: str) -> StoredObject | None:
        """Return size and type of an original, or None."""
        self._require()
        stored = self.originals.get(object_key)
        return None if stored is None else StoredObject(len(stored.body), stored.content_type)

    async def get_original(self, object_key: str) -> bytes | None:
        """Return an original's bytes, or None."""
        stored = self.originals.get(object_key)
        return None if stored is None else stored.body

    async def delete_original(self, object_key: str) -> None:
        """Remove an original."""
        self.originals.pop(object_key, None)

    async def put_variant(self, object_key: str, content_type: str, body: bytes) -> None:
        """Store a variant."""
        self.variants[object_key] = _Object(content_type, body)

    async def delete_variant(self, object_key: str) -> None:
        """Remove a variant."""
        self._require()
        self.variants.pop(object_key, None)

    async def is_served(self, object_key: str) -> bool:
        """Return whether a variant is there, or an edge keeps it."""
        self._require()
        if not self.public_way_open:
            raise EngineUnavailable(Engine.OBJECT_STORAGE, "the public URL cannot be reached")
        return object_key in self.variants or object_key in self.kept_at_edge

    def _require(self) -> None:
        if not self.available:
            raise EngineUnavailable(Engine.OBJECT_STORAGE, "taken away by the test")

    def variant_url(self, object_key: str) -> str:
        """Return where a variant would be read."""
        return f"http://objects.test/optimized/{object_key}"
