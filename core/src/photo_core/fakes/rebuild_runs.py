"""The rebuild runs in memory, over the same people as `FakeAccounts`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from photo_core.clock import Clock
from photo_core.fakes.accounts import FakeAccounts
from photo_core.ports.rebuild_runs import ActivePage, RebuildRun


class FakeRebuildRuns:
    """Runs over all active viewers. `elsewhere` stands for another process that has the turn."""

    def __init__(self, accounts: FakeAccounts, clock: Clock) -> None:
        self.elsewhere = False
        self.runs: list[RebuildRun] = []
        self.accounts = accounts
        self._clock = clock
        self._progressed_at = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator["FakeRebuildTurn | None"]:
        """Take the right to plan; what was written is undone when the block fails."""
        self.accounts.require()
        before = list(self.runs)
        try:
            yield None if self.elsewhere else FakeRebuildTurn(self)
        except BaseException:
            self.runs = before
            raise

    async def latest(self) -> RebuildRun | None:
        """Return the newest run."""
        self.accounts.require()
        if not self.runs:
            return None
        return msgspec.structs.replace(self.runs[-1], idle_seconds=self._clock.monotonic() - self._progressed_at)

    async def count_handled(self, run_id: int, viewers: int) -> None:
        """Add viewers to those that a run has handled."""
        self.accounts.require()
        run = self.runs[run_id - 1]
        self.store(msgspec.structs.replace(run, handled=run.handled + viewers))

    def store(self, run: RebuildRun) -> None:
        """Keep a run as it is now; its id is its place."""
        self.runs[run.run_id - 1 : run.run_id] = [run]
        self._progressed_at = self._clock.monotonic()


class FakeRebuildTurn:
    """One process's turn."""

    def __init__(self, runs: FakeRebuildRuns) -> None:
        self._runs = runs

    async def latest(self) -> RebuildRun | None:
        """Return the newest run."""
        return await self._runs.latest()

    async def begin(self, fingerprint: str) -> None:
        """Begin a run."""
        self._runs.store(RebuildRun(len(self._runs.runs) + 1, fingerprint))

    async def active(self, after_id: int, seen_since_ms: int, limit: int) -> ActivePage:
        """Look at `limit` accounts after an id and return those seen since a time."""
        accounts = self._runs.accounts
        looked_at = [user_id for user_id in sorted(accounts.ids()) if user_id > after_id][:limit]
        viewers = tuple(user_id for user_id in looked_at if accounts.seen_at_ms(user_id) >= seen_since_ms)
        return ActivePage(viewers, looked_at[-1] if len(looked_at) == limit else None)

    async def advance(self, run_id: int, page: ActivePage) -> None:
        """Remember that a page's viewers are planned."""
        run = self._runs.runs[run_id - 1]
        after_id = run.after_id if page.after_id is None else page.after_id
        planned = run.planned + len(page.viewers)
        self._runs.store(
            msgspec.structs.replace(run, after_id=after_id, planned=planned, fully_planned=page.after_id is None)
        )
