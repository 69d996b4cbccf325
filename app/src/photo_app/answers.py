"""How endpoints answer: msgspec structs as JSON, times as RFC 3339 in UTC, ids as strings.

Used by every endpoint; failures are answered by `photo_app.error_mapping` instead.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

ETAG_BYTES = 12
ANY = "*"  # in If-None-Match: whatever the answer is


def answer(body: Struct, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a struct as JSON; members that are UNSET are left out."""
    return answer_json(msgspec.json.encode(body), status, headers)


def answer_json(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON that is serialised already."""
    return Response(body, status, dict(headers or {}), "application/json")


def answer_unless_known(request: Request, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    """Return serialised JSON with its ETag, or 304 to a client that says that it has this very answer.

    Nobody may use a kept answer without asking: a deletion, a block or an unfollow is obeyed by the next request.
    """
    etag = f'"{hashlib.blake2b(body, digest_size=ETAG_BYTES).hexdigest()}"'
    told = {"ETag": etag, "Cache-Control": "private, no-cache", **(headers or {})}
    if not _etags(request.headers.get("If-None-Match", "")).isdisjoint({etag, ANY}):
        return Response(None, 304, told)
    return answer_json(body, 200, told)


def _etags(if_none_match: str) -> frozenset[str]:
    # a proxy that compresses an answer weakens its tag
    return frozenset(tag.strip().removeprefix("W/") for tag in if_none_match.split(","))


def rfc3339(at_ms: int) -> str:
    """Return Unix milliseconds as `2026-01-01T00:00:00.000Z`."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
