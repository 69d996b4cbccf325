import asyncio
from typing import TYPE_CHECKING, Any

import httpx2

from photo_core.fakes.clock import FakeClock
from photo_operator.alerts.board import AlertBoard
from photo_operator.cluster.fake import FakeCluster
from photo_operator.cluster.kinds import Kind
from photo_operator.engines import tls
from photo_operator.engines.pool import ProbePool
from photo_operator.platforms import Platforms
from photo_operator.reconcile import Tools

if TYPE_CHECKING:
    from collections.abc import Callable

    from photo_operator.crds import Manifest


class TellingPool(ProbePool):
    """Says when a platform gives its probes back: the last that its task does."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.released: list[Callable[[], None]] = []

    async def release(self, owner: str) -> None:
        await super().release(owner)
        while self.released:
            self.released.pop()()


class TellingCluster(FakeCluster):
    """Says when a child is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = asyncio.Event()

    async def apply(self, kind: Kind, manifest: "Manifest", manager: str) -> "Manifest":
        self.written.set()
        return await super().apply(kind, manifest, manager)


async def test_a_platform_that_returns_while_its_task_ends_is_served(manifest: dict[str, Any]) -> None:
    clock, cluster = FakeClock(), TellingCluster()
    pool = TellingPool(clock)
    async with httpx2.AsyncClient(verify=tls.unused()) as http:
        platforms = Platforms(Tools(cluster, clock, pool, http, {}, AlertBoard(clock), "test", lambda: 1, bytes))

        def created_again() -> None:
            cluster.put(Kind.PLATFORM, manifest)
            platforms.wake("photos", "demo")

        pool.released.append(created_again)
        platforms.wake("photos", "demo")
        async with asyncio.timeout(5):
            await cluster.written.wait()
        await platforms.stop()
