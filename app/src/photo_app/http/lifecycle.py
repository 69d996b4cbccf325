"""Whether this process accepts requests, and how many are in flight.

`main` begins the drain on SIGTERM, `/readyz` reports it, `RequestContext` counts.
"""

import asyncio


class Lifecycle:
    """The state of the process: ready, then draining."""

    def __init__(self) -> None:
        self._draining = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._in_flight = 0

    @property
    def draining(self) -> bool:
        """True once the process has been told to stop."""
        return self._draining.is_set()

    def begin_drain(self) -> None:
        """Fail the readiness probe from now on; requests are still served."""
        self._draining.set()

    async def drain_begun(self) -> None:
        """Return once the process has been told to stop."""
        await self._draining.wait()

    def request_begun(self) -> None:
        """Count a request that has started."""
        self._in_flight += 1
        self._idle.clear()

    def request_ended(self) -> None:
        """Count a request that has ended."""
        self._in_flight -= 1
        if self._in_flight == 0:
            self._idle.set()

    async def idle(self) -> None:
        """Return as soon as no request is in flight."""
        await self._idle.wait()
