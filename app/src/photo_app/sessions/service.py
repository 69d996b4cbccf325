"""Begins and ends sessions. Does not authenticate requests: `photo_app.authentication.viewer` does."""

import secrets

from photo_app.authentication.passwords import Passwords
from photo_app.authentication.revocations import Revocations
from photo_app.authentication.tokens import Tokens, Viewer
from photo_app.http.problems import Problem, ProblemType
from photo_app.sessions.schemas import Login
from photo_core.ports.accounts import Accounts


class SessionService:
    """Logging in and out."""

    def __init__(self, accounts: Accounts, passwords: Passwords, tokens: Tokens, revocations: Revocations) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._tokens = tokens
        self._revocations = revocations

    async def begin(self, login: Login) -> tuple[str, Viewer]:
        """Return a token and what it says.

        Raises:
            Problem: the user name or the password is wrong (401); neither the response nor its timing tells which.
        """
        found = await self._accounts.credentials(login.username)
        fits = await self._passwords.verify(found[1] if found else None, login.password)
        if found is None or not fits:
            raise Problem(ProblemType.WRONG_CREDENTIALS, "check both and try again")
        return self._tokens.issue(found[0].user_id, found[0].username, secrets.token_hex(16))

    async def end(self, viewer: Viewer) -> None:
        """End a session before its token does."""
        await self._revocations.revoke(viewer.session_id, viewer.expires_at_ms)
