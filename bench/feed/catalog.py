"""Lists the figures of the feed engine, in the order in which they are measured and shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.feed import celebrity, deliveries, frenzy, pages, pipeline, pulls, rebuilds
from bench.feed.context import Bench
from bench.model import Line


def _nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True)
class Figure:
    """One figure: its name for `--only`, its title, and the function that measures it.

    `engines` tells whether it needs the platform's Kafka, Cassandra and PostgreSQL.
    `prepare` downloads what is needed while the host's own DNS is in use.
    """

    name: str
    title: str
    measure: Callable[[Bench], Sequence[Line]]
    engines: bool = True
    prepare: Callable[[], object] = _nothing


FIGURES: tuple[Figure, ...] = (
    Figure(
        "deliveries",
        "CPU of deliveries and memory of feeds",
        deliveries.measure,
        engines=False,
        prepare=deliveries.prepare,
    ),
    Figure("pipeline", "from a post to its last follower", pipeline.measure),
    Figure("pages", "feed pages over HTTP, alone and during fan-out", pages.measure),
    Figure("pull", "pages of 200 followees in the pull model", pulls.measure),
    Figure("rebuild", "all active feeds after a loss", rebuilds.measure),
    Figure("celebrity", "a post with a million followers", celebrity.measure),
    Figure("frenzy", "push or pull by pairs, computed", frenzy.measure, engines=False),
)
