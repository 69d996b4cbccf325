"""Comments as clients send them."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("a comment says something")
    return text


class NewComment(BaseModel):
    """The body of POST /posts/{id}/comments."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_not_blank)]
