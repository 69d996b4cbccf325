"""Users as clients send and see them."""

import unicodedata
from typing import Annotated

from msgspec import UNSET, Struct, UnsetType
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from photo_app.http.fields import MediaId, Username


def _without_control_characters(text: str) -> str:
    """Refuse control characters; PostgreSQL cannot store NUL."""
    if any(unicodedata.category(character) == "Cc" and character not in "\n\t" for character in text):
        raise ValueError("control characters are not allowed")
    return text


# the document says by a pattern what the validator checks
WITHOUT_CONTROL_CHARACTERS = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"
Line = Annotated[
    str,
    AfterValidator(_without_control_characters),
    Field(json_schema_extra={"pattern": WITHOUT_CONTROL_CHARACTERS}),
]


class NewUser(BaseModel):
    """The body of POST /users."""

    model_config = ConfigDict(extra="forbid", strict=True)

    username: Username
    password: Annotated[str, Field(min_length=8, max_length=128)]
    full_name: Annotated[Line, Field(max_length=100)] = ""


class ProfilePatch(BaseModel):
    """The body of PATCH /users/me; what is absent stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    full_name: Annotated[Line, Field(max_length=100)] | None = None
    bio: Annotated[Line, Field(max_length=500)] | None = None
    private: bool | None = None
    avatar_media_id: MediaId | None = None


class AccountDeletion(BaseModel):
    """The body of DELETE /users/me."""

    model_config = ConfigDict(extra="forbid", strict=True)

    password: Annotated[str, Field(min_length=1, max_length=128)]


class Registered(Struct, frozen=True):
    """The answer to POST /users."""

    user_id: str
    username: str


class UserView(Struct, frozen=True):
    """A user."""

    user_id: str
    username: str
    full_name: str
    bio: str
    private: bool
    follower_count: int
    following_count: int
    avatar_url: str | UnsetType = UNSET


class UserPage(Struct, frozen=True):
    """A page of users."""

    users: list[UserView]
    next_cursor: str | None
    has_more: bool
