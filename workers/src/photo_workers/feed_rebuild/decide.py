"""Decides when all active feeds are rebuilt, and computes the progress; pure. Called by the planner."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from photo_core.messages.events import RebuildRange, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import OutgoingMessage
from photo_core.ports.rebuild_runs import RebuildRun

RANGE_VIEWERS = 100  # in a message: their timelines are read together and held in memory meanwhile
GIVEN_UP_SECONDS = 900.0  # without any progress: what is left has become dead letters, and is rebuilt when read


class FingerprintHistory(Struct, frozen=True):
    """The fingerprint of the masters' lives at the last two checks; None before the first."""

    fingerprint: str | None = None
    before: str | None = None

    def after(self, fingerprint: str) -> "FingerprintHistory":
        """Return the history with one more check."""
        return FingerprintHistory(fingerprint, self.fingerprint)


class Begin(Struct, frozen=True):
    """Begin a run over all active viewers."""

    fingerprint: str


class PlanPage(Struct, frozen=True):
    """Plan the next page of a run."""

    run: RebuildRun


class NothingToPlan(Struct, frozen=True):
    """Nothing to plan."""


Step = Begin | PlanPage | NothingToPlan


def next_step(history: FingerprintHistory, run: RebuildRun | None) -> Step:
    """Return what to do with the newest run.

    A fingerprint that has just changed is checked once more: masters fail over one after another, and each change would
    begin another run.
    """
    if history.fingerprint is None or history.fingerprint != history.before:
        return NothingToPlan()
    if run is None or run.fingerprint != history.fingerprint:
        return Begin(history.fingerprint)
    return NothingToPlan() if run.fully_planned else PlanPage(run)


def remaining(run: RebuildRun | None) -> int:
    """Return how many viewers are planned and not handled; at least one while there may be more to plan."""
    if run is None or run.idle_seconds > GIVEN_UP_SECONDS:
        return 0
    return max(0 if run.fully_planned else 1, run.planned - run.handled)


def build_ranges(run_id: int, viewers: Sequence[int]) -> Iterator[OutgoingMessage]:
    """Return the messages for a page of viewers; ranges of one run spread over partitions."""
    for start in range(0, len(viewers), RANGE_VIEWERS):
        wanted = RebuildRange(run_id, tuple(viewers[start : start + RANGE_VIEWERS]))
        yield OutgoingMessage(Topic.FEED_REBUILD, f"{run_id}:{wanted.viewers[0]}", encode(wanted))
