"""The degraded levels as data: what each turns off, who sets it, and how it is left.

Read by photo_app (what to refuse, how large a page is), by the operator (which level is in force) and by the tables of
docs/explanation/degraded.md. Decides nothing about when a level is set: runbooks and people do.
"""

from enum import StrEnum

from msgspec import Struct


class Cut(StrEnum):
    """What a level can turn off. An upload that was accepted is processed at every level: there is no cut for it."""

    LARGE_PAGES = "feed pages of the requested size"
    FRESH_COUNTS = "fresh like and comment counts of a single post"  # it shows the cached counts, as pages do
    EAGER_WORK = "refilling Redis with feeds and likes after a read"
    PATIENCE = "long waits for Cassandra"  # after half a second a page shows what is available, as `stale`
    PULLED_FEEDS = "feeds from timelines in Cassandra"  # what Redis and memory hold is shown, as `stale`
    WRITES = "writes, except logging in and out"  # 503 `limited`
    UPLOADS = "new uploads"  # 503 `limited`
    ANSWERS = "all of /v1"  # every answer is the same 503, which is kept in memory


Cuts = frozenset[Cut]
NOTHING_CUT: Cuts = frozenset()


class Setter(StrEnum):
    """Who may set a level."""

    PERSON = "a person: `spec.degradedLevel`"
    FEED_MODE = "the feed mode"
    RUNBOOK = "a runbook: `SetDegradedLevel`"
    POD = "a pod in which many pages wait, for the size of its own pages"


class DegradedLevel(Struct, frozen=True):
    """One level. It turns off all that the levels below it do.

    Attributes:
        level: its number, as in the header `Degraded-Level`.
        name: in two or three words.
        pages_divided_by: a feed page holds that part of the posts that were asked for.
        truth_seconds: for how long a feed page waits for Cassandra; 0 for not asking it.
        cuts: what it turns off.
        set_by: who may set it.
        left: what ends it.
    """

    level: int
    name: str
    pages_divided_by: int
    truth_seconds: float
    cuts: Cuts
    set_by: frozenset[Setter]
    left: str


TRUTH_SECONDS = 2.0  # what a page waits for Cassandra altogether, and what one answer may take
HURRIED_SECONDS = 0.5
_LOAD = frozenset({Cut.LARGE_PAGES, Cut.FRESH_COUNTS})
_CACHE = _LOAD | {Cut.EAGER_WORK, Cut.PATIENCE}
_PARTIAL = _CACHE | {Cut.PULLED_FEEDS, Cut.WRITES, Cut.UPLOADS}
_STATIC = _PARTIAL | {Cut.ANSWERS}
_PEOPLE_AND_RUNBOOKS = frozenset({Setter.PERSON, Setter.RUNBOOK})

LEVELS = (
    DegradedLevel(0, "full service", 1, TRUTH_SECONDS, NOTHING_CUT, frozenset(Setter), "-"),
    DegradedLevel(
        1,
        "high load",
        2,
        TRUTH_SECONDS,
        _LOAD,
        frozenset(Setter),
        "once the runbook has verified the recovery, once feeds are pushed again, once fewer pages wait, "
        "or by the person who set it",
    ),
    DegradedLevel(
        2,
        "cached data",
        4,
        HURRIED_SECONDS,
        _CACHE,
        _PEOPLE_AND_RUNBOOKS | {Setter.POD},
        "once the runbook has verified the recovery, once fewer pages wait, or by the person who set it",
    ),
    DegradedLevel(
        3,
        "read only",
        4,
        0.0,
        _PARTIAL,
        _PEOPLE_AND_RUNBOOKS,
        "once the runbook has verified the recovery, or by the person who set it",
    ),
    DegradedLevel(
        4,
        "static answer",
        4,
        0.0,
        _STATIC,
        _PEOPLE_AND_RUNBOOKS,
        "once the runbook has verified the recovery, or by the person who set it",
    ),
)
