"""Asks the pods of one platform for their metrics in the background, so that a slow pod never holds a pass.

Run by `platforms`; what is asked for is handed to `feed_cache` and `pod_counts`, which remember it.
"""

from collections.abc import Callable

import httpx2

from photo_operator.loops import repeat
from photo_operator.observe.pods import PodFacts, PodReport, scrape

SCRAPE_SECONDS = 2.0

Take = Callable[[dict[str, PodReport]], None]


class PodsWatch:
    """Samples the pods of one platform."""

    def __init__(self, client: httpx2.AsyncClient, *takers: Take) -> None:
        self._client = client
        self._takers = takers
        self._pods: tuple[PodFacts, ...] = ()

    def follow(self, pods: tuple[PodFacts, ...]) -> None:
        """Sample these from now on."""
        self._pods = pods

    async def run(self) -> None:
        """Sample for ever."""
        await repeat(self.once, SCRAPE_SECONDS)

    async def once(self) -> None:
        """Sample once."""
        reports = await scrape(self._client, self._pods)
        for take in self._takers:
            take(reports)
