"""One platform, one cluster for all end-to-end tests: `make up` brought them up."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hack.scenarios.api import PhotoApi
from hack.scenarios.cluster import Cluster, wait_for
from hack.scenarios.drills.model import DrillContext
from hack.scenarios.people import follow_all, register_all
from hack.scenarios.process_signals import process_signals
from hack.scenarios.redis_loss import Participants
from photo_core.clock import SystemClock
from tests.support.conntrack import read_table
from tests.support.photographs import photograph
from tests.support.traffic import Traffic

ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the replay come after everything that makes executions."""
    items.sort(key=lambda item: item.path.name == "test_replay.py")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    client = Cluster()
    yield client
    client.close()


@pytest.fixture(scope="session", autouse=True)
def traffic() -> Iterator[Traffic]:
    """Record which pods talk to each other, from the first test to the last."""
    watcher = Cluster()
    with Traffic(watcher.core, read_table, SystemClock()) as watched:
        yield watched
    watcher.close()


@pytest.fixture
async def api() -> AsyncIterator[PhotoApi]:
    client = PhotoApi((ROOT / ".local/api-url").read_text().strip())
    yield client
    await client.close()


@pytest.fixture
async def people(api: PhotoApi, cluster: Cluster) -> Participants:
    """An author with a photograph, followed by three people, on a healthy platform."""
    wait_for("the platform to be healthy", cluster.is_healthy, 180)
    await api.reachable(deadline=30)
    author, *viewers = await register_all(api, ["author", "viewer", "viewer", "viewer"])
    await follow_all(api, viewers, [author])
    return Participants(author, await api.ready_media(author, photograph()), viewers)


@pytest.fixture
def context(api: PhotoApi, cluster: Cluster, people: Participants) -> Iterator[DrillContext]:
    """What drills need, with a helper that signals processes."""
    with process_signals(cluster) as signals:
        yield DrillContext(api, cluster, signals, people, photograph(), SystemClock().now_ms)
