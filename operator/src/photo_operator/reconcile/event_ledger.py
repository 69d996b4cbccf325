"""Which news become Kubernetes Events: repetitions within ten minutes are counted, a flood is limited. Pure.

Called by `reconciler` with the ledger of the last pass; a new leader starts with an empty one.
"""

import hashlib

from msgspec import Struct
from msgspec.structs import replace

from photo_operator.conditions import News

REPEAT_SECONDS = 600.0
BURST = 25  # Events of one platform at once
SECONDS_A_TOKEN = 30.0  # afterwards one Event in so many seconds


class Moment(Struct, frozen=True):
    """Now, by both clocks."""

    monotonic: float
    text: str  # RFC 3339 UTC


class EventRecord(Struct, frozen=True):
    """What was written as one Event, how often, and since when."""

    name: str
    news: News
    first: Moment
    count: int = 1


class EventLedger(Struct, frozen=True):
    """What was written lately, and how many more Events may be written at `at`."""

    records: tuple[EventRecord, ...] = ()
    tokens: float = float(BURST)
    at: float = 0.0


def admit(ledger: EventLedger, news: News, now: Moment) -> tuple[EventLedger, EventRecord | None]:
    """Return the ledger after some news, and the Event to write; None where there were too many."""
    recent = tuple(item for item in ledger.records if now.monotonic - item.first.monotonic < REPEAT_SECONDS)
    tokens = min(BURST, ledger.tokens + max(0.0, now.monotonic - ledger.at) / SECONDS_A_TOKEN)
    if tokens < 1:
        return EventLedger(recent, tokens, now.monotonic), None
    before = next((item for item in recent if item.news == news), None)
    record = _first(news, now) if before is None else replace(before, count=before.count + 1)
    others = tuple(item for item in recent if item is not before)
    return EventLedger((*others, record), tokens - 1, now.monotonic), record


def _first(news: News, now: Moment) -> EventRecord:
    content = f"{news.reason.value}\n{news.message}\n{now.text}".encode()
    return EventRecord(hashlib.blake2s(content, digest_size=8).hexdigest(), news, now)
