"""How far the rebuild of all active feeds has come; PostgreSQL keeps it, so that a crash continues where it was."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct


class RebuildRun(Struct, frozen=True):
    """One run over all active viewers.

    Viewers up to `after_id` are `planned`, in order of their ids; all of them once `fully_planned`. Of those `handled`
    have a whole head; one whose range was handled twice counts twice. `idle_seconds` have passed since any of this
    changed.
    """

    run_id: int
    fingerprint: str
    after_id: int = -1
    planned: int = 0
    handled: int = 0
    fully_planned: bool = False
    idle_seconds: float = 0.0


class ActivePage(Struct, frozen=True):
    """Active viewers in order of their ids; `after_id` is where the next page starts, None after the last."""

    viewers: tuple[int, ...]
    after_id: int | None


class RebuildTurn(Protocol):
    """The right to plan, which one process has at a time; what it writes holds once the turn has ended well."""

    async def latest(self) -> RebuildRun | None:
        """Return the newest run."""
        ...

    async def begin(self, fingerprint: str) -> None:
        """Begin a run, which takes the place of the one before."""
        ...

    async def active(self, after_id: int, seen_since_ms: int, limit: int) -> ActivePage:
        """Look at `limit` accounts after an id and return those seen since a time."""
        ...

    async def advance(self, run_id: int, page: ActivePage) -> None:
        """Remember that a page's viewers are planned."""
        ...


class RebuildRuns(Protocol):
    """The runs. Any method may raise `EngineUnavailable`."""

    def turn(self) -> AbstractAsyncContextManager[RebuildTurn | None]:
        """Take the right to plan for the length of the block; None while another process has it."""
        ...

    async def latest(self) -> RebuildRun | None:
        """Return the newest run."""
        ...

    async def count_handled(self, run_id: int, viewers: int) -> None:
        """Add viewers to those that a run has handled."""
        ...
