"""The degraded levels as data: what each turns off, who sets it, and how it is left.

Read by photo_app (what to refuse, how large a page is), by the operator (which level is in force) and by the tables of
docs/explanation/degraded.md. Decides nothing about when a level is set: runbooks and people do.
"""

from enum import StrEnum

from msgspec import Struct


class Cut(StrEnum):
    """What a level can turn off. An upload that was accepted is processed at every level: there is no cut for it."""

    LARGE_PAGES = "feed pages as large as asked for"
    FRESH_COUNTS = "likes and comments counted for a single post"  # it shows the counts that pages show
    EAGER_WORK = "what a read sets off: feeds and likes read back into Redis"
    PATIENCE = "waiting for Cassandra for long"  # after half a second a page is of what is at hand, as `stale`
    PULLED_FEEDS = "feeds put together from Cassandra"  # what Redis and memory hold is shown, as `stale`
    WRITES = "writes, but logging in and out"  # 503 `limited`
    UPLOADS = "uploads begun"  # 503 `limited`
    ANSWERS = "answers of /v1"  # all of them are the same 503, built before the pod started


Cuts = frozenset[Cut]
NOTHING_CUT: Cuts = frozenset()


class Setter(StrEnum):
    """Who may set a level."""

    PERSON = "a person: `spec.degradedLevel`"
    FEED_MODE = "the feed mode"
    RUNBOOK = "a runbook: `SetDegradedLevel`"
    POD = "a pod, while many pages wait in it, for the size of its pages alone"


class DegradedLevel(Struct, frozen=True):
    """One level. It turns off all that the levels below it do.

    Attributes:
        level: its number, as in the header `Degraded-Level`.
        name: in two or three words.
        pages_divided_by: a feed page holds that part of the posts that were asked for.
        truth_seconds: for how long a feed page waits for Cassandra; 0 for not asking it.
        cuts: what it turns off.
        set_by: who may set it.
        left: how it is left.
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
    DegradedLevel(0, "whole", 1, TRUTH_SECONDS, NOTHING_CUT, frozenset(Setter), "nothing to leave"),
    DegradedLevel(
        1,
        "high load",
        2,
        TRUTH_SECONDS,
        _LOAD,
        frozenset(Setter),
        "once the runbook has verified that its signals are well, once feeds are pushed again, "
        "once fewer pages wait, or by the person who set it",
    ),
    DegradedLevel(
        2,
        "cache as it is",
        4,
        HURRIED_SECONDS,
        _CACHE,
        _PEOPLE_AND_RUNBOOKS | {Setter.POD},
        "once the runbook has verified that its signals are well, once fewer pages wait, or by the person who set it",
    ),
    DegradedLevel(
        3,
        "read only",
        4,
        0.0,
        _PARTIAL,
        _PEOPLE_AND_RUNBOOKS,
        "once the runbook has verified that its signals are well, or by the person who set it",
    ),
    DegradedLevel(
        4,
        "static answer",
        4,
        0.0,
        _STATIC,
        _PEOPLE_AND_RUNBOOKS,
        "once the runbook has verified that its signals are well, or by the person who set it",
    ),
)
