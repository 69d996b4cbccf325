"""Bearer tokens: JWTs that any pod verifies by itself, without a store.

The user name is a claim, since it never changes: creating a post needs no account look-up.
"""

from collections.abc import Sequence
from typing import Any

import jwt
from jwt.types import Options
from msgspec import Struct

from photo_core.clock import Clock

LIFETIME_MS = 24 * 3_600_000
ALGORITHM = "HS256"
VERIFIED_AT_MOST = 20_000  # cached tokens; the cache is cleared when it is full
# the expiry is checked by the clock that tests can move
READ: Options = {"require": ["sub", "name", "sid", "exp"], "verify_exp": False}


class Viewer(Struct, frozen=True):
    """Who sends a request, as their token says."""

    user_id: int
    username: str
    session_id: str
    expires_at_ms: int


class Tokens:
    """Issues and verifies tokens.

    Args:
        key: the platform's secret `token-signing-key`, at least 32 bytes.
        clock: dates them.
        others: further keys whose tokens are accepted while the keys are rotated.
    """

    def __init__(self, key: str, clock: Clock, others: Sequence[str] = ()) -> None:
        self._key = key
        self._accepted = (key, *others)
        self._clock = clock
        self._verified: dict[str, Viewer] = {}  # a valid signature stays valid

    def issue(self, user_id: int, username: str, session_id: str) -> tuple[str, Viewer]:
        """Return a token for a new session and what it says."""
        expires_at_ms = self._clock.now_ms() // 1000 * 1000 + LIFETIME_MS
        claims = {"sub": str(user_id), "name": username, "sid": session_id, "exp": expires_at_ms // 1000}
        return jwt.encode(claims, self._key, ALGORITHM), Viewer(user_id, username, session_id, expires_at_ms)

    def verify(self, token: str) -> Viewer | None:
        """Return what a token says, or None if it was not issued here or has expired."""
        viewer = self._verified.get(token) or self._read(token)
        return viewer if viewer is not None and self._clock.now_ms() < viewer.expires_at_ms else None

    def _read(self, token: str) -> Viewer | None:
        claims = next((read for key in self._accepted if (read := _claims(token, key)) is not None), None)
        if claims is None:
            return None
        viewer = Viewer(int(claims["sub"]), claims["name"], claims["sid"], claims["exp"] * 1000)
        if len(self._verified) >= VERIFIED_AT_MOST:
            self._verified.clear()
        self._verified[token] = viewer
        return viewer


def _claims(token: str, key: str) -> dict[str, Any] | None:
    try:
        return jwt.decode(token, key, [ALGORITHM], options=READ)
    except jwt.InvalidTokenError:
        return None
