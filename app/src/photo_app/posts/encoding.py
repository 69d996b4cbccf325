"""A post's JSON in two parts: the content, which never changes and may be cached, and what differs between viewers.

`encode_content` runs once a post, and the post cache keeps its result as it is. `complete` runs for every post of every
response, of the endpoints of posts and of the feed, and so costs less than a microsecond. The encoded content alone is
not JSON: it ends within the author, so that the author's current picture can be added without decoding. Pure.
"""

import msgspec
from msgspec import UNSET, Struct

from photo_app.http.responses import rfc3339
from photo_app.media.rendering import MediaRenderer
from photo_app.posts.schemas import AuthorView, PostContent, PostMediaView
from photo_core.domain.posts import Post, PostMedia

OPEN_ENDS = len(b"}}")  # the author's brace and the post's


class ViewerDetails(Struct, frozen=True):
    """What of a post changes over time or differs between viewers. `avatar_url` is its author's."""

    likes: int = 0
    comments: int = 0
    liked_by_me: bool = False
    avatar_url: str | None = None


def post_content(post: Post, renderer: MediaRenderer) -> PostContent:
    """Return what of a post never changes."""
    return PostContent(
        post_id=str(post.post_id),
        media=[_post_media(media, renderer) for media in post.media],
        caption=post.caption,
        created_at=rfc3339(post.created_at_ms),
        location=post.location or UNSET,
        user=AuthorView(str(post.author_id), post.username),
    )


def encode_content(content: PostContent) -> bytes:
    """Return the encoded content, to be ended by `complete`."""
    return msgspec.json.encode(content)[:-OPEN_ENDS]


def complete(content: bytes, details: ViewerDetails) -> bytes:
    """Return a post's whole JSON."""
    avatar = b"" if details.avatar_url is None else b',"avatar_url":' + msgspec.json.encode(details.avatar_url)
    liked = b"true" if details.liked_by_me else b"false"
    counts = b'"like_count":%d,"comment_count":%d' % (details.likes, details.comments)
    return b'%b%b},%b,"liked_by_me":%b}' % (content, avatar, counts, liked)


def _post_media(media: PostMedia, renderer: MediaRenderer) -> PostMediaView:
    variants = [renderer.variant(variant) for variant in media.variants]
    return PostMediaView(str(media.media_id), media.kind, variants, media.alt_text or UNSET)
