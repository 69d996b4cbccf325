"""The bearer token of the webhook: read from a mounted Secret at every request, so that a rotated one works at once.

Called by `alert_receiver`. Nothing here logs or returns a token.
"""

import hmac
from pathlib import Path

SHORTEST = 32  # characters; a shorter token can be guessed


class TokenFile:
    """A token in a file."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def problem(self) -> str:
        """Return why there is no usable token; empty where there is one."""
        if self._path is None:
            return "no token file is named"
        token = self._read()
        if token is None:
            return f"{self._path} cannot be read"
        return f"the token is shorter than {SHORTEST} characters" if len(token) < SHORTEST else ""

    def fits(self, authorization: str) -> bool:
        """Return whether an Authorization header carries the token; the comparison takes the same time for all."""
        token = self._read()
        if token is None or len(token) < SHORTEST:
            return False
        return hmac.compare_digest(authorization.encode(errors="surrogateescape"), b"Bearer " + token)

    def _read(self) -> bytes | None:
        try:
            return self._path.read_bytes().strip() if self._path is not None else None
        except OSError:
            return None
