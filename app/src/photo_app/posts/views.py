"""Posts as clients see them; also used by the feed.

What is here of a post never changes: `photo_app.posts.rendering` serialises it and adds what does.
"""

from msgspec import UNSET, Raw, Struct, UnsetType

from photo_app.answers import rfc3339
from photo_core.domain.accounts import Account
from photo_core.domain.media import Variant
from photo_core.domain.posts import Location, Post, PostMedia
from photo_core.ports.media import ObjectStorage


class AuthorView(Struct, frozen=True):
    """Who posted."""

    user_id: str
    username: str


class VariantView(Struct, frozen=True):
    """One stored size of a media."""

    size: str
    width: int
    height: int
    content_type: str
    bytes: int
    url: str


class PostMediaView(Struct, frozen=True):
    """A media of a post."""

    media_id: str
    kind: str
    variants: list[VariantView]
    alt_text: str | UnsetType = UNSET


class PostContent(Struct, frozen=True, kw_only=True):
    """What its author has made; the author is the last member, which `photo_app.posts.rendering` relies on."""

    post_id: str
    media: list[PostMediaView]
    caption: str
    created_at: str
    location: Location | UnsetType = UNSET
    user: AuthorView


class PostPage(Struct, frozen=True):
    """A page of posts, each rendered already."""

    posts: list[Raw]
    next_cursor: str | None
    has_more: bool


class PostViews:
    """Turns posts into what clients see; needs the store only for the public address of its objects."""

    def __init__(self, objects: ObjectStorage) -> None:
        self._objects = objects

    def content(self, post: Post) -> PostContent:
        """Return what of a post never changes."""
        return PostContent(
            post_id=str(post.post_id),
            media=[self._media(media) for media in post.media],
            caption=post.caption,
            created_at=rfc3339(post.created_at_ms),
            location=post.location or UNSET,
            user=AuthorView(str(post.author_id), post.username),
        )

    def avatar_url(self, author: Account) -> str | None:
        """Return where an author's picture is, if there is one."""
        return None if author.avatar_key is None else self._objects.variant_url(author.avatar_key)

    def variant(self, variant: Variant) -> VariantView:
        """Return a variant with its public URL."""
        return VariantView(
            size=variant.size,
            width=variant.width,
            height=variant.height,
            content_type=variant.content_type,
            bytes=variant.bytes,
            url=self._objects.variant_url(variant.object_key),
        )

    def _media(self, media: PostMedia) -> PostMediaView:
        variants = [self.variant(variant) for variant in media.variants]
        return PostMediaView(str(media.media_id), media.kind, variants, media.alt_text or UNSET)
