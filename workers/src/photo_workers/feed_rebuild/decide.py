"""When all active feeds are rebuilt, and how far that has come; pure. Called by the planner and the handler."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from photo_core.messages.events import RebuildRange, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import OutgoingMessage
from photo_core.ports.rebuild_runs import RebuildRun

RANGE_VIEWERS = 100  # in a message: their timelines are read together and held in memory meanwhile
GIVEN_UP_SECONDS = 900.0  # without any progress: what is left has become dead letters, and is rebuilt when read


class FingerprintHistory(Struct, frozen=True):
    """What the masters' lives were at the last look, and at the one before; None before the first."""

    fingerprint: str | None = None
    before: str | None = None

    def after(self, fingerprint: str) -> "FingerprintHistory":
        """Return the look that follows."""
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

    Lives that have just changed are looked at once more: masters fail over one after the other, and a run for each
    would begin anew each time.
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
