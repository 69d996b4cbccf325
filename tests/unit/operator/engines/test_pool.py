import asyncio

from photo_core.errors import Engine
from photo_core.fakes.clock import FakeClock
from photo_operator.conditions import Reason
from photo_operator.engines.model import Health
from photo_operator.engines.pool import SharedProbe


class BrokenProbe:
    """A probe that meets what it does not expect."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def probe(self) -> Health:
        self.asked.set()
        raise RuntimeError("hunter2")

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_probe_that_raises_is_unreachable_and_says_no_secret() -> None:
    probe = BrokenProbe()
    shared = SharedProbe(Engine.KAFKA, probe, FakeClock())
    task = asyncio.create_task(shared.run())
    async with asyncio.timeout(5):
        await probe.asked.wait()
    task.cancel()
    assert shared.health is not None
    assert shared.health.reason is Reason.UNREACHABLE
    assert "hunter2" not in shared.health.message
