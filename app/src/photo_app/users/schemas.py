"""Users as clients send and see them."""

import unicodedata
from typing import Annotated

from msgspec import Struct
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from photo_core.domain.accounts import Account

Username = Annotated[str, Field(pattern=r"^[a-z0-9_.]{3,30}$")]


def _without_nul(text: str) -> str:
    """Refuse what PostgreSQL cannot store."""
    if any(unicodedata.category(character) == "Cc" and character not in "\n\t" for character in text):
        raise ValueError("control characters are not allowed")
    return text


Line = Annotated[str, AfterValidator(_without_nul)]


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


class UserPage(Struct, frozen=True):
    """A page of users."""

    users: list[UserView]
    next_cursor: str | None
    has_more: bool


def user_view(account: Account) -> UserView:
    """Return an account as clients see it."""
    return UserView(
        user_id=str(account.user_id),
        username=account.username,
        full_name=account.full_name,
        bio=account.bio,
        private=account.private,
        follower_count=account.follower_count,
        following_count=account.following_count,
    )
