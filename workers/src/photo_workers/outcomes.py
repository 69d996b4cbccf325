"""The outcomes of handling a message, and the pure decisions that follow from them.

Handlers return outcomes; `consume_loop` acts on them. Nothing here touches Kafka or a store.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from photo_core.errors import Engine
from photo_core.ports.events import NOT_BEFORE_HEADER, IncomingMessage, OutgoingMessage

ATTEMPTS_HEADER = "photo-attempts"  # number of failed attempts, as text
REASON_HEADER = "photo-reason"  # reason of the last failure
ORIGIN_HEADER = "photo-origin"  # where it was first read: topic/partition/offset
MAX_ATTEMPTS = 8  # with the delays below 15.7 minutes, longer than any restart of an engine
FIRST_DELAY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 300.0
LONGEST_HOLD_SECONDS = 10.0  # longest delay until a held batch is retried after the engine is back
REASON_CHARACTERS = 500


class Done(Struct, frozen=True):
    """The effect is stored."""


class Retry(Struct, frozen=True):
    """The message failed, but may succeed later: retry it from the retry topic, after `after` seconds if given."""

    reason: str
    after: float | None = None


class Dead(Struct, frozen=True):
    """The message can never succeed: it goes to the dead-letter topic for a person to look at."""

    reason: str


class Unavailable(Struct, frozen=True):
    """An engine does not answer: the message stays in its batch and is retried until the engine answers."""

    engine: Engine
    detail: str = ""


Settled = Done | Retry | Dead
Place = tuple[str, int, int]  # topic, partition, offset
Outcome = Settled | Unavailable
DONE = Done()


def place(message: IncomingMessage) -> Place:
    """Return the identity of a message: topic, partition and offset."""
    return message.topic, message.partition, message.offset


def attempts_of(message: IncomingMessage) -> int:
    """Return the number of attempts that have failed before."""
    text = message.headers.get(ATTEMPTS_HEADER, b"0")
    return int(text) if text.isdigit() else 0


def retry_delay(attempts: int) -> float:
    """Return the delay after a number of failed attempts, in seconds: 1, 4, 16, ... up to LONGEST_RETRY_SECONDS."""
    return min(LONGEST_RETRY_SECONDS, FIRST_DELAY_SECONDS * 4.0 ** max(0, attempts - 1))


def hold_delay(failures: int) -> float:
    """Return the delay before an engine is tried again, in seconds: doubled with each failure in a row, bounded."""
    return min(LONGEST_HOLD_SECONDS, 0.25 * 2.0 ** min(failures, 16))


def bounded(outcome: Settled, attempts: int) -> Settled:
    """Turn a retry into a dead letter after too many attempts; return any other outcome unchanged."""
    if isinstance(outcome, Retry) and attempts + 1 >= MAX_ATTEMPTS:
        return Dead(f"gave up after {attempts + 1} attempts: {outcome.reason}")
    return outcome


def build_retry(message: IncomingMessage, outcome: Retry, topic: str, now_ms: int) -> OutgoingMessage:
    """Return the message for the retry topic, with one more attempt and the time of the next one."""
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
    """Return a dead letter for the retry topic, with its attempts reset and its reason kept."""
    kept = {name: value for name, value in letter.headers.items() if name != ATTEMPTS_HEADER}
    return OutgoingMessage(topic, letter.key, letter.value, kept)


def _forwarded(message: IncomingMessage, topic: str, reason: str, headers: Mapping[str, bytes]) -> OutgoingMessage:
    origin = f"{message.topic}/{message.partition}/{message.offset}".encode()
    kept = {ORIGIN_HEADER: origin} | {k: v for k, v in message.headers.items() if k != NOT_BEFORE_HEADER}
    reason_header = {REASON_HEADER: reason[:REASON_CHARACTERS].encode()}
    return OutgoingMessage(topic, message.key, message.value, {**kept, **reason_header, **headers})


def committable(batch: Sequence[IncomingMessage], settled: Mapping[Place, Settled]) -> list[IncomingMessage]:
    """Return the messages of each partition before its first unsettled one: a commit must not skip a message."""
    blocked: set[tuple[str, int]] = set()
    free: list[IncomingMessage] = []
    for message in batch:
        partition = (message.topic, message.partition)
        if place(message) not in settled:
            blocked.add(partition)
        if partition not in blocked:
            free.append(message)
    return free
