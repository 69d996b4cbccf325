import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from photo_core.fakes.clock import FakeClock
from photo_core.telemetry.logs import configure_logs
from photo_operator.cluster.fake import FakeCluster
from photo_operator.cluster.kinds import Kind
from photo_operator.engines import tls
from photo_operator.engines.pool import ProbePool
from photo_operator.process.platforms import (
    FIRST_BACKOFF_SECONDS,
    LONGEST_BACKOFF_SECONDS,
    Platforms,
    backoff_seconds,
    resync_seconds,
)
from tests.support.platform_world import EPOCH, build_tools

if TYPE_CHECKING:
    from collections.abc import Callable

    from photo_operator.crds.platform import Manifest, Metadata


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
        platforms = Platforms(build_tools(cluster, clock, http, pool=pool))

        def created_again() -> None:
            cluster.put(Kind.PLATFORM, manifest)
            platforms.wake("photos", "demo")

        pool.released.append(created_again)
        platforms.wake("photos", "demo")
        async with asyncio.timeout(5):
            await cluster.written.wait()
        await platforms.stop()


def test_an_api_server_that_fails_is_left_alone_for_longer_each_time() -> None:
    waits = [backoff_seconds(failures, 0, 1) for failures in range(1, 2000)]
    assert waits[0] == FIRST_BACKOFF_SECONDS
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_BACKOFF_SECONDS


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_an_api_server_is_never_asked_before_it_wants_to_be(jitter: float) -> None:
    assert backoff_seconds(1, 7, jitter) > 7


class ContestedCluster(TellingCluster):
    """Somebody changes the platform once while a pass is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.contested = True
        self.told = asyncio.Event()

    async def patch_status(self, kind: Kind, read: "Metadata", status: "Manifest") -> "Manifest":
        if self.contested:
            self.contested = False
            key = (kind, read.namespace, read.name)
            self.put(kind, self.objects[key] | {"metadata": self.objects[key]["metadata"] | {"labels": {"by": "me"}}})
        stored = await super().patch_status(kind, read, status)
        self.told.set()
        return stored


async def test_a_platform_that_is_changed_under_a_pass_keeps_the_change_and_gets_its_status(
    manifest: dict[str, Any],
) -> None:
    clock, cluster = FakeClock(), ContestedCluster()
    cluster.put(Kind.PLATFORM, manifest)
    async with httpx2.AsyncClient(verify=tls.unused()) as http:
        tools = build_tools(cluster, clock, http)
        platforms = Platforms(tools)
        platforms.wake("photos", "demo")
        async with asyncio.timeout(5):
            await cluster.told.wait()
        await platforms.stop()
    stored = cluster.objects[Kind.PLATFORM, "photos", "demo"]
    assert stored["metadata"]["labels"] == {"by": "me"}
    assert stored["status"]["leaderEpoch"] == EPOCH


async def test_every_line_of_a_pass_names_its_platform_and_the_pass_and_no_secret(
    manifest: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    clock, cluster = FakeClock(), TellingCluster()
    cluster.put(Kind.PLATFORM, manifest)
    for name, key, value in (
        ("photo-kafka", "password", b"hunter2"),  # of which the user's name is missing
        ("photo-postgres", "uri", b"postgresql://u:hunter2/x@postgres/d"),  # which cannot be read
    ):
        data = {key: base64.b64encode(value).decode()}
        cluster.put(Kind.SECRET, {"metadata": {"name": name, "namespace": "photos"}, "data": data})
    configure_logs("operator")
    async with httpx2.AsyncClient(verify=tls.unused()) as http:
        tools = build_tools(cluster, clock, http)
        platforms = Platforms(tools)
        platforms.wake("photos", "demo")
        async with asyncio.timeout(5):
            await cluster.written.wait()
        await platforms.stop()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines
    assert {line["platform"] for line in lines} == {"photos/demo"}
    assert all(line["reconcile_id"] >= 1 for line in lines)
    assert "hunter2" not in str(lines)


@pytest.mark.parametrize(("platforms", "seconds"), [(1, 5), (20, 5), (500, 125)])
def test_many_platforms_are_looked_at_less_often(platforms: int, seconds: float) -> None:
    assert resync_seconds(platforms) == seconds
