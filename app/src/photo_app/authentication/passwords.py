"""Hashes passwords by argon2id with OWASP's minimum (19 MiB, two passes), in at most two threads at a time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MEMORY_KIB = 19 * 1024
PASSES = 2
THREADS = 2
# hash of a discarded random text, with the parameters above: passwords of unknown users are verified against it
NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$OueEGatyW53wyy8df9Sa/Q$Vl8FqFdETtHljNn7aqeI6o+NnVbeiKdTGY3xsw9Qots"


class Passwords:
    """Hashes and verifies; used by registration and by login."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")

    async def hash(self, password: str) -> str:
        """Return the encoded hash to store."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Return whether a password is right; an unknown user (None) takes as long as a wrong password."""
        fits = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._fits, stored or NOBODYS_HASH, password
        )
        return fits and stored is not None

    def _fits(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
