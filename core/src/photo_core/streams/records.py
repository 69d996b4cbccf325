"""librdkafka's messages as the port's; shared by everything that reads."""

from typing import cast

from confluent_kafka import Message

from photo_core.ports.events import IncomingMessage


def incoming(message: Message, prefix: str) -> IncomingMessage:
    """Return a message without error as the port's, its topic without the platform's prefix."""
    return IncomingMessage(
        topic=(message.topic() or "").removeprefix(prefix),
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        key=(message.key() or b"").decode(errors="replace"),
        value=message.value() or b"",
        timestamp_ms=message.timestamp()[1],
        headers=_headers(message),
    )


def _headers(message: Message) -> dict[str, bytes]:
    pairs = cast("list[tuple[str, bytes | None]] | None", message.headers()) or []
    return {name: value or b"" for name, value in pairs}
