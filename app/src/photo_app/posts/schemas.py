"""Posts as clients send them."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from photo_app.fields import MediaId
from photo_app.users.schemas import Username

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

    media_ids: Annotated[list[MediaId], Field(min_length=1, max_length=10), AfterValidator(_distinct)]
    caption: Annotated[str, Field(max_length=2200)] = ""
    location: NewLocation | None = None
    tagged_users: Annotated[list[Username], Field(max_length=20)] | None = None
    alt_text: Annotated[str, Field(max_length=1000)] | None = None
