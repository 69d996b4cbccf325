"""Which messages of a batch are due, and which partitions of the retry topic have to wait; pure.

Called by the consumer. A partition is read in order, so what follows a message that is not due waits with it.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from photo_core.ports.events import IncomingMessage, not_before_ms

Partition = tuple[str, int]


class Pause(Struct, frozen=True):
    """Read a partition again from `offset`, and not before `until_ms`."""

    offset: int
    until_ms: int


class DueAndPaused(Struct, frozen=True):
    """What can be handled now, and which partitions are paused."""

    due: tuple[IncomingMessage, ...]
    pauses: Mapping[Partition, Pause]


def admit(messages: Sequence[IncomingMessage], now_ms: int) -> DueAndPaused:
    """Split messages, given in order of offset within each partition, into those that are due and pauses."""
    due: list[IncomingMessage] = []
    pauses: dict[Partition, Pause] = {}
    for message in messages:
        partition = (message.topic, message.partition)
        until_ms = not_before_ms(message)
        if partition in pauses:
            continue
        if until_ms > now_ms:
            pauses[partition] = Pause(message.offset, until_ms)
        else:
            due.append(message)
    return DueAndPaused(tuple(due), pauses)


def over(pauses: Mapping[Partition, Pause], now_ms: int) -> list[Partition]:
    """Return the partitions whose pause has ended."""
    return [partition for partition, pause in pauses.items() if pause.until_ms <= now_ms]


def seconds_to_next(pauses: Iterable[Pause], now_ms: int, at_most: float) -> float:
    """Return how long to wait for messages so that no pause is overslept."""
    return min([at_most, *(max(0, pause.until_ms - now_ms) / 1000 for pause in pauses)])
