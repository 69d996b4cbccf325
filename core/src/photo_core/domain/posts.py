"""Posts as plain data."""

from msgspec import Struct

from photo_core.domain.media import Variant


class Location(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a photograph was taken, in degrees."""

    lat: float
    lon: float
    name: str = ""


class PostMedia(Struct, frozen=True):
    """A media as a post carries it; READY when the post was made, so its variants are final."""

    media_id: int
    kind: str
    variants: tuple[Variant, ...]
    alt_text: str | None = None


class Post(Struct, frozen=True):
    """A post, as stored. User names never change, so the author's is kept with it."""

    post_id: int
    author_id: int
    username: str
    media: tuple[PostMedia, ...]
    caption: str
    created_at_ms: int
    location: Location | None = None
    tagged_users: tuple[str, ...] = ()
    deleted_at_ms: int | None = None
