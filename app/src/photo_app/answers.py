"""How endpoints answer: msgspec structs as JSON, times as RFC 3339 in UTC, ids as strings.

Used by every endpoint; failures are answered by `photo_app.error_mapping` instead.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import Struct
from starlette.responses import Response


def answer(body: Struct, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a struct as JSON; members that are UNSET are left out."""
    return Response(msgspec.json.encode(body), status, dict(headers or {}), "application/json")


def rfc3339(at_ms: int) -> str:
    """Return Unix milliseconds as `2026-01-01T00:00:00.000Z`."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
