"""Readers who request their feeds all the time, and a tally of the responses. Used by the demo and by tests/e2e."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from hack.scenarios.api import Person, PhotoApi


@dataclass
class Tally:
    """Counts of responses. Times are seconds since the readers started."""

    began: float = field(default_factory=time.monotonic)
    modes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    first_seen: dict[str, float] = field(default_factory=dict)

    def reset_first_seen(self) -> None:
        """Forget when each mode was first seen, before a new phase."""
        self.first_seen.clear()

    def now(self) -> float:
        """Return the seconds since the readers started."""
        return time.monotonic() - self.began

    def answered(self, mode: str, seconds: float) -> None:
        """Count a page."""
        self.modes[mode] += 1
        self.seconds.append(seconds)
        self.first_seen.setdefault(mode, self.now())

    def percentile(self, share: float) -> float:
        """Return a percentile of the latencies, in seconds."""
        ordered = sorted(self.seconds) or [0.0]
        return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


async def _keep_reading(api: PhotoApi, viewer: Person, tally: Tally, pause: float) -> None:
    while True:
        try:
            page = await api.feed_page(viewer)
            tally.answered(page.mode, page.seconds)
        except httpx.HTTPError as error:
            tally.failures.append(f"at {tally.now():.1f} s: {error!r}")
        await asyncio.sleep(pause)


@asynccontextmanager
async def reading(api: PhotoApi, viewers: Sequence[Person], pause: float = 0.1) -> AsyncIterator[Tally]:
    """Let each viewer read the first page repeatedly while the block lasts."""
    tally = Tally()
    readers = [asyncio.create_task(_keep_reading(api, viewer, tally, pause)) for viewer in viewers]
    try:
        yield tally
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
