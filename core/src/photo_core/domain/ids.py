"""Snowflake ids: 41 bits of milliseconds, 13 of worker, 10 of sequence; time-sortable and below 2^63.

Minted by `photo_core.ids.IdMinter`; read by feeds (order), cursors and pages. Ids are strings in JSON.
"""

import re

EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z; 40 of the 41 bits last until 2058
WORKER_BITS = 13
SEQUENCE_BITS = 10
MAX_WORKER = (1 << WORKER_BITS) - 1
MAX_SEQUENCE = (1 << SEQUENCE_BITS) - 1
MAX_ID = (1 << 63) - 1
CANONICAL = r"^(0|[1-9][0-9]{0,18})$"  # one text an id: no leading zeros, ASCII digits


def compose(at_ms: int, worker: int, sequence: int) -> int:
    """Pack a time (Unix milliseconds), a worker and a sequence number into one id.

    Raises:
        ValueError: when a part does not fit its bits.
    """
    elapsed = at_ms - EPOCH_MS
    if not (0 <= elapsed < 1 << 40 and 0 <= worker <= MAX_WORKER and 0 <= sequence <= MAX_SEQUENCE):
        raise ValueError(f"does not fit an id: {at_ms=} {worker=} {sequence=}")
    return (elapsed << WORKER_BITS + SEQUENCE_BITS) | (worker << SEQUENCE_BITS) | sequence


def parse(text: str) -> int | None:
    """Return the id that a text of a client or of an object key names, or None if it is not one's canonical text."""
    id_ = int(text) if re.fullmatch(CANONICAL, text) else None
    return id_ if id_ is not None and id_ <= MAX_ID else None


def created_at_ms(id_: int) -> int:
    """Return the Unix milliseconds at which an id was minted."""
    return (id_ >> WORKER_BITS + SEQUENCE_BITS) + EPOCH_MS


def smallest_at(at_ms: int) -> int:
    """Return the smallest id that can be minted at a time: the bound of an id range by time."""
    return max(0, at_ms - EPOCH_MS) << WORKER_BITS + SEQUENCE_BITS
