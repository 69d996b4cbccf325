"""Which news become Kubernetes Events: the same again within ten minutes is counted, a flood is cut. Pure.

Called by `reconcile` with what it kept from the last pass; a new leader starts with an empty ledger.
"""

import hashlib

from msgspec import Struct
from msgspec.structs import replace

from photo_operator.conditions import News

SAME_AGAIN_SECONDS = 600.0
BURST = 25  # Events of one platform at once,
SECONDS_A_TOKEN = 30.0  # and one in so long for ever


class Moment(Struct, frozen=True):
    """Now, by both clocks."""

    monotonic: float
    text: str  # RFC 3339 UTC


class Telling(Struct, frozen=True):
    """What was told under one name, how often, and since when."""

    name: str
    news: News
    first: Moment
    count: int = 1


class Ledger(Struct, frozen=True):
    """What was told lately, and how much more may be told at `at`."""

    told: tuple[Telling, ...] = ()
    tokens: float = float(BURST)
    at: float = 0.0


def admit(ledger: Ledger, news: News, now: Moment) -> tuple[Ledger, Telling | None]:
    """Return the ledger after news, and the Event to write; None where there were too many."""
    recent = tuple(item for item in ledger.told if now.monotonic - item.first.monotonic < SAME_AGAIN_SECONDS)
    tokens = min(BURST, ledger.tokens + max(0.0, now.monotonic - ledger.at) / SECONDS_A_TOKEN)
    if tokens < 1:
        return Ledger(recent, tokens, now.monotonic), None
    before = next((item for item in recent if item.news == news), None)
    telling = _first(news, now) if before is None else replace(before, count=before.count + 1)
    others = tuple(item for item in recent if item is not before)
    return Ledger((*others, telling), tokens - 1, now.monotonic), telling


def _first(news: News, now: Moment) -> Telling:
    told = f"{news.reason.value}\n{news.message}\n{now.text}".encode()
    return Telling(hashlib.blake2s(told, digest_size=8).hexdigest(), news, now)
