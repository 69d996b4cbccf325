"""Sends the likes and comments of posts to the worker `interaction-counter`.

The services of likes and comments call `schedule_recount` before the membership rows change and `publish` after. If the
event between the two is lost, the reconciler finds the post among those scheduled and counts it again.
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
    """Publishes the likes and comments of one process."""

    def __init__(self, touches: Touches, publisher: EventPublisher, clock: Clock) -> None:
        self._touches = touches
        self._publisher = publisher
        self._clock = clock
        self._minute = 0
        self._scheduled: set[int] = set()

    async def schedule_recount(self, post_id: int) -> None:
        """Have a post counted again after this minute; stored once a minute for each post."""
        now_ms = self._clock.now_ms()
        minute = now_ms // MINUTE_MS
        if minute != self._minute:
            self._minute, self._scheduled = minute, set()
        if post_id not in self._scheduled:
            scheduled = self._scheduled
            await self._touches.touch(post_id, now_ms)
            scheduled.add(post_id)

    async def publish(self, kind: InteractionKind, post_id: int, user_id: int) -> None:
        """Publish an event; return once Kafka has acknowledged it, or after a short wait."""
        event = Interaction(kind, post_id, user_id, self._clock.now_ms())
        message = OutgoingMessage(Topic.INTERACTIONS, str(post_id), encode(event))
        try:
            async with asyncio.timeout(ACKNOWLEDGED_WITHIN_SECONDS):
                await self._publisher.publish([message])
        except (EngineUnavailable, TimeoutError) as error:
            metrics.INTERACTIONS_UNANNOUNCED.inc()
            LOG.warning("interaction_not_published", kind=kind, post_id=post_id, detail=str(error))
