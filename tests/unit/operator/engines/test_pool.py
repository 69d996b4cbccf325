import asyncio
from typing import Any

import msgspec
import pytest

from photo_core.errors import Engine
from photo_core.fakes.clock import FakeClock
from photo_operator.conditions import Reason
from photo_operator.crds.base import SecretRef
from photo_operator.crds.engines import EngineRecord
from photo_operator.crds.platform import Platform
from photo_operator.engines.model import Credentials, Health, healthy, unreachable
from photo_operator.engines.pool import ProbePool, ProbeTarget, SharedProbe, probe_of


def with_secret(platform: Platform, engine: Engine, name: str) -> EngineRecord:
    record: Any = platform.spec.engines.by_name()[engine]
    renamed: EngineRecord = msgspec.structs.replace(record, secret_ref=SecretRef(name))
    return renamed


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


@pytest.mark.parametrize("engine", [Engine.KAFKA, Engine.OBJECT_STORAGE])
async def test_a_client_that_does_not_take_the_secret_is_told_without_a_value(
    platform: Platform, engine: Engine
) -> None:
    values = {"username": "u", "password": "p", "ca.crt": "hunter2"}
    probe = probe_of(ProbeTarget(with_secret(platform, engine, "a-secret"), Credentials(values)))
    health = await probe.probe()
    assert health.reason is Reason.SECRET_MALFORMED
    assert health.message.startswith("Secret a-secret: ")
    assert "hunter2" not in health.message


class HangingProbe(BrokenProbe):
    """A probe of an engine that hangs: its client closes when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = asyncio.Event()
        self.closed = asyncio.Event()

    async def close(self) -> None:
        await self.let_go.wait()
        self.closed.set()


async def test_a_client_that_does_not_close_holds_no_pass(platform: Platform) -> None:
    probe = HangingProbe()
    pool = ProbePool(FakeClock(), lambda _: probe)
    target = ProbeTarget(platform.spec.engines.kafka, Credentials({"username": "u", "password": "p"}))
    await pool.use("photos/demo", {Engine.KAFKA: target})
    async with asyncio.timeout(5):
        await pool.release("photos/demo")
    assert not probe.closed.is_set()
    probe.let_go.set()
    async with asyncio.timeout(5):
        await probe.closed.wait()


class PacedProbe:
    """A probe of an engine that takes so many seconds for each answer."""

    def __init__(self, clock: FakeClock, *seconds: float) -> None:
        self._clock = clock
        self._seconds = list(seconds)

    async def probe(self) -> Health:
        self._clock.advance(self._seconds.pop(0))
        return healthy(Engine.CASSANDRA)

    async def close(self) -> None:
        self._seconds.clear()


async def test_how_slow_an_engine_is_is_known_for_a_minute() -> None:
    clock = FakeClock()
    shared = SharedProbe(Engine.CASSANDRA, PacedProbe(clock, *[0.01] * 8, 2.0, 2.0), clock)
    assert shared.slow_seconds() is None
    for _ in range(9):
        await shared.once()
    assert shared.slow_seconds() == 2.0
    for _ in range(8):
        clock.advance(5)
    assert shared.slow_seconds() == 2.0
    clock.advance(25)
    assert shared.slow_seconds() is None


async def test_one_slow_answer_of_many_makes_no_slow_engine() -> None:
    clock = FakeClock()
    shared = SharedProbe(Engine.CASSANDRA, PacedProbe(clock, *[0.01] * 19, 2.0), clock)
    for _ in range(20):
        await shared.once()
    assert shared.slow_seconds() == pytest.approx(0.01)


async def test_a_probe_that_is_bad_says_since_when() -> None:
    clock = FakeClock()
    shared = SharedProbe(Engine.KAFKA, BrokenProbe(), clock)
    assert shared.bad_seconds() == 0
    shared.remember(unreachable(Engine.KAFKA, "kafka", "refused"))
    clock.advance(7)
    assert shared.bad_seconds() == 7
