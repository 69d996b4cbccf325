"""Fields that the requests and responses of several nouns share."""

from typing import Annotated

from msgspec import Meta
from pydantic import AfterValidator, Field

from photo_core.domain import ids


def _canonical(text: str) -> str:
    if ids.parse(text) is None:
        raise ValueError("no media can have this id")
    return text


MediaId = Annotated[str, Field(pattern=ids.CANONICAL), AfterValidator(_canonical)]
Username = Annotated[str, Field(pattern=r"^[a-z0-9_.]{3,30}$")]
Timestamp = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
