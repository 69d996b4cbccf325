"""Uploads as clients ask for them, and media as they see them."""

from typing import Annotated

from msgspec import UNSET, Struct, UnsetType
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from photo_app.http.fields import Timestamp
from photo_core.domain.media_lifecycle import PHOTO_CONTENT_TYPES


def _decodable(content_type: str) -> str:
    if content_type not in PHOTO_CONTENT_TYPES:
        raise ValueError(f"upload one of {', '.join(sorted(PHOTO_CONTENT_TYPES))}")
    return content_type


class NewUpload(BaseModel):
    """The body of POST /media/upload/init; `sha256` is in lower-case hexadecimal digits."""

    model_config = ConfigDict(extra="forbid", strict=True)

    content_type: Annotated[
        str, Field(max_length=100, json_schema_extra={"enum": sorted(PHOTO_CONTENT_TYPES)}), AfterValidator(_decodable)
    ]
    size_bytes: Annotated[int, Field(ge=1)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    filter: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")] | None = None


class UploadView(Struct, frozen=True):
    """How to upload: this method at this URL with these headers, and a body of the announced size."""

    method: str
    url: str
    headers: dict[str, str]
    fields: dict[str, str]


class UploadStarted(Struct, frozen=True):
    """The response to POST /media/upload/init."""

    media_id: str
    upload: UploadView
    expires_at: Timestamp


class VariantView(Struct, frozen=True):
    """One stored size of a media."""

    size: str
    width: int
    height: int
    content_type: str
    bytes: int
    url: str


class MediaView(Struct, frozen=True):
    """A media as its owner sees it; `progress` is 0 to 100."""

    media_id: str
    state: str
    progress: int
    variants: list[VariantView]
    reason: str | UnsetType = UNSET
