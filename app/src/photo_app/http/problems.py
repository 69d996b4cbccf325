"""The closed list of problems: the responses to requests that fail (RFC 9457).

Services raise `Problem`; `photo_app.http.error_mapping` turns it, and every other failure, into problem+json.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from photo_core.errors import PhotoError

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "https://photoplatform.io/problems/"
NOTHING: Mapping[str, Any] = MappingProxyType({})


class ProblemType(Enum):
    """Slug of the `type` URI, status and title; clients may rely on the URI."""

    BAD_REQUEST = ("bad-request", 400, "The request cannot be read")
    UNAUTHENTICATED = ("unauthenticated", 401, "A valid bearer token is needed")
    WRONG_CREDENTIALS = ("wrong-credentials", 401, "The user name or the password is wrong")
    FORBIDDEN = ("forbidden", 403, "This is not allowed to you")
    NOT_FOUND = ("not-found", 404, "There is no such thing, or it is not visible to you")
    METHOD_NOT_ALLOWED = ("method-not-allowed", 405, "The resource does not know this method")
    CONFLICT = ("conflict", 409, "The request contradicts what is stored")
    IN_FLIGHT = ("request-in-flight", 409, "The first request with this Idempotency-Key is not finished")
    BODY_TOO_LARGE = ("body-too-large", 413, "The body is larger than this API takes")
    VALIDATION = ("validation", 422, "The request does not have the right shape")
    KEY_REUSED = ("idempotency-key-reused", 422, "This Idempotency-Key was used with another body")
    MEDIA_NOT_USABLE = ("media-not-usable", 422, "A post takes READY media of its author")
    INVALID_CURSOR = ("invalid-cursor", 422, "The cursor was not made by this platform")
    RATE_LIMITED = ("rate-limited", 429, "Too many requests")
    INTERNAL = ("internal", 500, "A mistake of ours; it has been logged under the request id")
    ENGINE_UNAVAILABLE = ("engine-unavailable", 503, "A store does not answer; nothing is lost by trying again")
    LIMITED = ("limited", 503, "The platform does less for a while")
    UPLOADS_PAUSED = ("uploads-paused", 503, "No upload can be begun for a while")

    def __init__(self, slug: str, status: int, title: str) -> None:
        self.slug = slug
        self.uri = TYPE_PREFIX + slug
        self.status = status
        self.title = title


BY_SLUG = {kind.slug: kind for kind in ProblemType}


class InvalidField(Struct, frozen=True):
    """What is wrong with one field or parameter of a request; `field` is its path, as `body.username`."""

    field: str
    message: str


class ProblemDocument(Struct, frozen=True):
    """The body of every response to a request that fails; `type` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[InvalidField] | UnsetType = UNSET  # of a validation problem
    media: dict[str, str] | UnsetType = UNSET  # of media-not-usable: state by media id
    engine: str | UnsetType = UNSET  # of engine-unavailable


class Problem(PhotoError):
    """The response to a request that fails.

    Args:
        kind: one of the closed list.
        detail: a sentence for people; no secrets, nothing about other people.
        headers: added to the response.
        extra: members of `ProblemDocument` that only some problems have.
    """

    def __init__(
        self,
        kind: ProblemType,
        detail: str,
        *,
        headers: Mapping[str, str] = NOTHING,
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = headers
        self.extra = extra


def not_found(what: str) -> Problem:
    """Return the problem of something absent; a stranger cannot tell it from something private."""
    return Problem(ProblemType.NOT_FOUND, f"no such {what}")
