"""Tells the worker `interaction-counter` what becomes of a post's likes and comments.

Used by the services of likes and comments: `expect` before the membership rows change, `announce` after. The event
may be lost between the two: the reconciler then finds the post among those expected, counts it again and mends it.
"""

import asyncio

import structlog

from photo_core.clock import Clock
from photo_core.errors import EngineUnavailable
from photo_core.messages.events import Interaction, InteractionKind, encode
from photo_core.messages.topics import Topic
from photo_core.ports.counters import Touches
from photo_core.ports.events import EventPublisher, OutgoingMessage
from photo_core.telemetry import metrics

ACKNOWLEDGED_WITHIN_SECONDS = 0.5  # a like does not wait longer for Kafka
MINUTE_MS = 60_000
LOG = structlog.get_logger(__name__)


class InteractionEvents:
    """The way of a process's likes and comments to the counter."""

    def __init__(self, touches: Touches, publisher: EventPublisher, clock: Clock) -> None:
        self._touches = touches
        self._publisher = publisher
        self._clock = clock
        self._minute = 0
        self._expected: set[int] = set()

    async def expect(self, post_id: int) -> None:
        """Have a post counted again after this minute; stored once a minute, whatever happens to the post in it."""
        now_ms = self._clock.now_ms()
        minute = now_ms // MINUTE_MS
        if minute != self._minute:
            self._minute, self._expected = minute, set()
        if post_id not in self._expected:
            expected = self._expected
            await self._touches.touch(post_id, now_ms)
            expected.add(post_id)

    async def announce(self, kind: InteractionKind, post_id: int, user_id: int) -> None:
        """Return once Kafka has the event, or could not be waited for."""
        event = Interaction(kind, post_id, user_id, self._clock.now_ms())
        message = OutgoingMessage(Topic.INTERACTIONS, str(post_id), encode(event))
        try:
            async with asyncio.timeout(ACKNOWLEDGED_WITHIN_SECONDS):
                await self._publisher.publish([message])
        except (EngineUnavailable, TimeoutError) as error:
            metrics.INTERACTIONS_UNANNOUNCED.inc()
            LOG.warning("left to the reconciler", kind=kind, post_id=post_id, detail=str(error))
