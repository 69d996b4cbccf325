"""What a handler can say about a message, and the pure decisions that follow from it.

Handlers return these; `consume_loop` acts on them. Nothing here touches Kafka or a store.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from photo_core.errors import Engine
from photo_core.ports.events import NOT_BEFORE_HEADER, IncomingMessage, OutgoingMessage

ATTEMPTS_HEADER = "photo-attempts"  # how often a message has failed, as text
REASON_HEADER = "photo-reason"  # why it failed last
ORIGIN_HEADER = "photo-origin"  # the topic that it was first read from: topic/partition/offset
MAX_ATTEMPTS = 8  # with the delays below about 17 minutes, longer than any restart of an engine
FIRST_DELAY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 300.0
LONGEST_HOLD_SECONDS = 10.0  # how stale a held batch may be once the engine is back
REASON_CHARACTERS = 500


class Done(Struct, frozen=True):
    """The effect is stored."""


class Retry(Struct, frozen=True):
    """Not now, by no fault of an engine: try again from the retry topic, after `after` seconds or the usual delay."""

    reason: str
    after: float | None = None


class Dead(Struct, frozen=True):
    """Never: a person has to look at it."""

    reason: str


class Unavailable(Struct, frozen=True):
    """An engine does not answer: the message stays where it is and is tried again until it does."""

    engine: Engine
    detail: str = ""


Settled = Done | Retry | Dead
Place = tuple[str, int, int]  # topic, partition, offset
Outcome = Settled | Unavailable
DONE = Done()


def place(message: IncomingMessage) -> Place:
    """Return what tells a message from every other."""
    return message.topic, message.partition, message.offset


def attempts_of(message: IncomingMessage) -> int:
    """Return how often a message has failed before."""
    text = message.headers.get(ATTEMPTS_HEADER, b"0")
    return int(text) if text.isdigit() else 0


def retry_delay(attempts: int) -> float:
    """Return the seconds to wait after a number of failures: doubling, bounded."""
    return min(LONGEST_RETRY_SECONDS, FIRST_DELAY_SECONDS * 4.0 ** max(0, attempts - 1))


def hold_delay(failures: int) -> float:
    """Return the seconds to wait for an engine after a number of failures in a row: doubling, bounded."""
    return min(LONGEST_HOLD_SECONDS, 0.25 * 2.0 ** min(failures, 16))


def bounded(outcome: Settled, attempts: int) -> Settled:
    """Give up on a message that has failed too often; leave every other outcome as it is."""
    if isinstance(outcome, Retry) and attempts + 1 >= MAX_ATTEMPTS:
        return Dead(f"gave up after {attempts + 1} attempts: {outcome.reason}")
    return outcome


def build_retry(message: IncomingMessage, outcome: Retry, topic: str, now_ms: int) -> OutgoingMessage:
    """Return the message for the retry topic, with one more attempt and the time before which to leave it alone."""
    attempts = attempts_of(message) + 1
    delay = retry_delay(attempts) if outcome.after is None else outcome.after
    headers = {
        ATTEMPTS_HEADER: str(attempts).encode(),
        NOT_BEFORE_HEADER: str(now_ms + round(delay * 1000)).encode(),
    }
    return _forwarded(message, topic, outcome.reason, headers)


def build_dead_letter(message: IncomingMessage, outcome: Dead, topic: str) -> OutgoingMessage:
    """Return the message for the dead-letter topic, with the reason."""
    return _forwarded(message, topic, outcome.reason, {ATTEMPTS_HEADER: str(attempts_of(message) + 1).encode()})


def build_replay(letter: IncomingMessage, topic: str) -> OutgoingMessage:
    """Return a dead letter for the retry topic, with its attempts forgotten and its reason kept."""
    kept = {name: value for name, value in letter.headers.items() if name != ATTEMPTS_HEADER}
    return OutgoingMessage(topic, letter.key, letter.value, kept)


def _forwarded(message: IncomingMessage, topic: str, reason: str, headers: Mapping[str, bytes]) -> OutgoingMessage:
    origin = f"{message.topic}/{message.partition}/{message.offset}".encode()
    kept = {ORIGIN_HEADER: origin} | {k: v for k, v in message.headers.items() if k != NOT_BEFORE_HEADER}
    said = {REASON_HEADER: reason[:REASON_CHARACTERS].encode()}
    return OutgoingMessage(topic, message.key, message.value, {**kept, **said, **headers})


def committable(batch: Sequence[IncomingMessage], settled: Mapping[Place, Settled]) -> list[IncomingMessage]:
    """Return, for each partition, the messages before the first that is not settled: no commit may jump over one."""
    blocked: set[tuple[str, int]] = set()
    free: list[IncomingMessage] = []
    for message in batch:
        partition = (message.topic, message.partition)
        if place(message) not in settled:
            blocked.add(partition)
        if partition not in blocked:
            free.append(message)
    return free
