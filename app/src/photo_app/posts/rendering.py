"""A post's JSON in two parts: the body, which never changes and may be cached, and what is told of it to one reader.

`post_body` is made once a post and kept by the post cache as it is; `finish` is called for every post of every answer,
by the endpoints of posts and by the feed, and so costs less than a microsecond. A body alone is not JSON: it ends
within the author, so that the author's picture of now can be told without reading the body. Pure.
"""

import msgspec
from msgspec import Struct

from photo_app.posts.views import PostContent

OPEN_ENDS = len(b"}}")  # the author's brace and the post's


class Standing(Struct, frozen=True):
    """What of a post changes, or differs from reader to reader. `avatar_url` is its author's."""

    likes: int = 0
    comments: int = 0
    liked_by_me: bool = False
    avatar_url: str | None = None


def post_body(content: PostContent) -> bytes:
    """Return what of a post's JSON never changes, to be ended by `finish`."""
    return msgspec.json.encode(content)[:-OPEN_ENDS]


def finish(body: bytes, standing: Standing) -> bytes:
    """Return a post's whole JSON."""
    avatar = b"" if standing.avatar_url is None else b',"avatar_url":' + msgspec.json.encode(standing.avatar_url)
    liked = b"true" if standing.liked_by_me else b"false"
    counts = b'"like_count":%d,"comment_count":%d' % (standing.likes, standing.comments)
    return b'%b%b},%b,"liked_by_me":%b}' % (body, avatar, counts, liked)
