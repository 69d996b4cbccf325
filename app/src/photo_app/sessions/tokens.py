"""Bearer tokens: JWTs that any pod verifies by itself, without a store.

The user name is a claim, since it never changes: creating a post needs no account look-up.
"""

import jwt
from jwt.types import Options
from msgspec import Struct

from photo_core.clock import Clock

LIFETIME_MS = 24 * 3_600_000
ALGORITHM = "HS256"
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
    """

    def __init__(self, key: str, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def issue(self, user_id: int, username: str, session_id: str) -> tuple[str, Viewer]:
        """Return a token for a new session and what it says."""
        expires_at_ms = self._clock.now_ms() // 1000 * 1000 + LIFETIME_MS
        claims = {"sub": str(user_id), "name": username, "sid": session_id, "exp": expires_at_ms // 1000}
        return jwt.encode(claims, self._key, ALGORITHM), Viewer(user_id, username, session_id, expires_at_ms)

    def verify(self, token: str) -> Viewer | None:
        """Return what a token says, or None if it was not issued here or has expired."""
        try:
            claims = jwt.decode(token, self._key, [ALGORITHM], options=READ)
        except jwt.InvalidTokenError:
            return None
        viewer = Viewer(int(claims["sub"]), claims["name"], claims["sid"], claims["exp"] * 1000)
        return viewer if self._clock.now_ms() < viewer.expires_at_ms else None
