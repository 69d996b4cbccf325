"""The successes of endpoints: msgspec structs as JSON, times as RFC 3339 in UTC, ids as strings.

Used by every endpoint; `photo_app.http.error_mapping` builds the responses to failures.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

ETAG_BYTES = 12
ANY = "*"  # in If-None-Match: matches every representation


def json_response(body: Struct, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a struct as JSON; members that are UNSET are left out."""
    return encoded_response(msgspec.json.encode(body), status, headers)


def encoded_response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON that is encoded already."""
    return Response(body, status, dict(headers or {}), "application/json")


def conditional_response(request: Request, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    """Return encoded JSON with its ETag, or 304 to a client whose If-None-Match names this representation.

    Caches must revalidate every time: the next request obeys a deletion, a block or an unfollow.
    """
    etag = f'"{hashlib.blake2b(body, digest_size=ETAG_BYTES).hexdigest()}"'
    all_headers = {"ETag": etag, "Cache-Control": "private, no-cache", **(headers or {})}
    if not _etags(request.headers.get("If-None-Match", "")).isdisjoint({etag, ANY}):
        return Response(None, 304, all_headers)
    return encoded_response(body, 200, all_headers)


def _etags(if_none_match: str) -> frozenset[str]:
    # a proxy that compresses a response weakens its tag
    return frozenset(tag.strip().removeprefix("W/") for tag in if_none_match.split(","))


def rfc3339(at_ms: int) -> str:
    """Return Unix milliseconds as `2026-01-01T00:00:00.000Z`."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
