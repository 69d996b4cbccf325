"""A log that tells a loop to drain, for tests of loops that run until then."""

import asyncio

from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeLog
from photo_core.ports.events import OutgoingMessage


class DrainingLog(FakeLog):
    """Sets `draining` with its first record."""

    def __init__(self, clock: FakeClock, draining: asyncio.Event) -> None:
        super().__init__(clock)
        self._draining = draining

    def append(self, message: OutgoingMessage) -> None:
        super().append(message)
        self._draining.set()
