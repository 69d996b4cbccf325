"""Comments as clients send and see them."""

from typing import Annotated

from msgspec import UNSET, Struct, UnsetType
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from photo_app.http.fields import Timestamp


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("a comment needs text")
    return text


class NewComment(BaseModel):
    """The body of POST /posts/{id}/comments."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Annotated[
        str, Field(min_length=1, max_length=1000, json_schema_extra={"pattern": r"\S"}), AfterValidator(_not_blank)
    ]


class CommenterView(Struct, frozen=True):
    """Who commented."""

    user_id: str
    username: str
    avatar_url: str | UnsetType = UNSET


class CommentView(Struct, frozen=True):
    """A comment."""

    comment_id: str
    user: CommenterView
    text: str
    created_at: Timestamp


class CommentPage(Struct, frozen=True):
    """A page of comments."""

    comments: list[CommentView]
    next_cursor: str | None
    has_more: bool
