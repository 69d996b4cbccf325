"""The pictures of authors, held in memory for a minute: they are shown with every post and seldom change.

Called by photo_app.feed.service. A picture that this process has never met is waited for; an old one is renewed behind
the page that showed it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping

from photo_core.clock import Clock
from photo_core.domain.accounts import Account
from photo_core.errors import EngineUnavailable
from photo_core.feeds.hydration import Start
from photo_core.feeds.single_flight import SingleFlight, shared_lane
from photo_core.ports.accounts import Accounts

HELD_SECONDS = 60.0
AUTHORS_HELD = 100_000
WAIT_SECONDS = 0.5
NO_PICTURE = ""
Held = tuple[str, float]  # an object key or NO_PICTURE, and until when it holds


class Pictures:
    """Object keys of pictures by author."""

    def __init__(self, accounts: Accounts, clock: Clock, start_task: Start) -> None:
        self._accounts = accounts
        self._clock = clock
        self._start_task = start_task
        self._held: OrderedDict[int, Held] = OrderedDict()
        self._reads: SingleFlight[int, str] = SingleFlight(self._read, shared_lane)

    async def of(self, authors: Iterable[int]) -> Mapping[int, str]:
        """Return the object keys of those authors who have a picture, as far as it can be told in time."""
        wanted = set(authors)
        unknown = [author for author in wanted if author not in self._held]
        if unknown:
            await self._learn(unknown)
        now = self._clock.monotonic()
        known = {author: self._held[author] for author in wanted if author in self._held}
        old = [author for author, (_, until) in known.items() if until < now]
        if old:
            self._start_task(self._learn(old))
        return {author: key for author, (key, _) in known.items() if key}

    async def _learn(self, authors: Collection[int]) -> None:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                keys = await self._reads.answers(authors)
        except (EngineUnavailable, TimeoutError):
            return
        until = self._clock.monotonic() + HELD_SECONDS
        for author, key in keys.items():
            self._held[author] = (key, until)
        while len(self._held) > AUTHORS_HELD:
            self._held.popitem(last=False)

    async def _read(self, authors: Collection[int]) -> Mapping[int, str]:
        accounts = await self._accounts.get_many(authors)
        return {author: _key_of(accounts, author) for author in authors}


def _key_of(accounts: Mapping[int, Account], author_id: int) -> str:
    account = accounts.get(author_id)
    return NO_PICTURE if account is None or account.avatar_key is None else account.avatar_key
