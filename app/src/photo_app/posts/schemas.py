"""Posts as clients send and see them."""

from typing import Annotated

from msgspec import UNSET, Raw, Struct, UnsetType
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from photo_app.http.fields import MediaId, Timestamp, Username
from photo_app.media.schemas import VariantView
from photo_core.domain.posts import Location

Degrees = Annotated[float, Field(allow_inf_nan=False)]


def _distinct(media_ids: list[str]) -> list[str]:
    if len(set(media_ids)) != len(media_ids):
        raise ValueError("each media may stand once in a post")
    return media_ids


class NewLocation(BaseModel):
    """Where a photograph was taken."""

    model_config = ConfigDict(extra="forbid", strict=True)

    lat: Annotated[Degrees, Field(ge=-90, le=90)]
    lon: Annotated[Degrees, Field(ge=-180, le=180)]
    name: Annotated[str, Field(max_length=200)] = ""


class NewPost(BaseModel):
    """The body of POST /posts; `alt_text` describes each of its media."""

    model_config = ConfigDict(extra="forbid", strict=True)

    media_ids: Annotated[
        list[MediaId],
        Field(min_length=1, max_length=10, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_distinct),
    ]
    caption: Annotated[str, Field(max_length=2200)] = ""
    location: NewLocation | None = None
    tagged_users: Annotated[list[Username], Field(max_length=20)] | None = None
    alt_text: Annotated[str, Field(max_length=1000)] | None = None


class AuthorView(Struct, frozen=True):
    """Who posted."""

    user_id: str
    username: str


class PostMediaView(Struct, frozen=True):
    """A media of a post."""

    media_id: str
    kind: str
    variants: list[VariantView]
    alt_text: str | UnsetType = UNSET


class PostContent(Struct, frozen=True, kw_only=True):
    """What of a post never changes; the author is the last member, which `photo_app.posts.encoding` relies on."""

    post_id: str
    media: list[PostMediaView]
    caption: str
    created_at: Timestamp
    location: Location | UnsetType = UNSET
    user: AuthorView


class PostAuthorView(AuthorView, frozen=True):
    """Who posted, with their current picture."""

    avatar_url: str | UnsetType = UNSET


class PostView(Struct, frozen=True, kw_only=True):
    """A post as one viewer sees it."""

    # never built: photo_app.posts.encoding joins the same JSON from two parts

    post_id: str
    media: list[PostMediaView]
    caption: str
    created_at: Timestamp
    location: Location | UnsetType = UNSET
    user: PostAuthorView
    like_count: int
    comment_count: int
    liked_by_me: bool


class PostPage(Struct, frozen=True):
    """A page of posts."""

    posts: list[PostView]
    next_cursor: str | None
    has_more: bool


class EncodedPostPage(Struct, frozen=True):
    """A `PostPage` whose posts are encoded already."""

    posts: list[Raw]
    next_cursor: str | None
    has_more: bool
