"""Sessions as clients send and see them."""

from typing import Annotated

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from photo_app.http.fields import Timestamp, Username


class Login(BaseModel):
    """The body of POST /sessions."""

    model_config = ConfigDict(extra="forbid", strict=True)

    username: Username
    password: Annotated[str, Field(min_length=1, max_length=128)]


class SessionView(Struct, frozen=True):
    """The answer to POST /sessions."""

    token: str
    expires_at: Timestamp
    user_id: str
