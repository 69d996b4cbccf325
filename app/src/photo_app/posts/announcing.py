"""Produces the event of a stored change at once and then discards its outbox record.

Used by the services that create and delete posts, after the change is stored. The worker `outbox-relay` produces events
that are lost here.
"""

from photo_app.http.side_tasks import SideTasks
from photo_app.ports import Ports
from photo_core.ports.events import OutgoingMessage
from photo_core.ports.posts import OutboxRecord


class Announcer:
    """Produces events from outbox records."""

    def __init__(self, ports: Ports, side_tasks: SideTasks) -> None:
        self._publisher = ports.publisher
        self._outbox = ports.outbox
        self._side_tasks = side_tasks

    def announce(self, record: OutboxRecord) -> None:
        """Produce an event that is durable; returns at once."""
        message = OutgoingMessage(record.topic, record.key, record.value)
        outbox, side_tasks = self._outbox, self._side_tasks
        self._publisher.publish_soon(message, lambda: side_tasks.start(outbox.discard(record)))
