"""A platform with its history in memory, and a way to call the command line on it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from photo_core.fakes.clock import FakeClock
from photo_operator.cli.connection import ClusterTarget, Connected
from photo_operator.cli.main import app
from photo_operator.cli.session import Tools
from photo_operator.cluster.fake import FakeCluster
from photo_operator.cluster.kinds import LEASE_NAME, Kind

NOW_MS = 1_795_255_200_000  # 2026-11-21T10:00:00Z
BUILT_IN = Path(__file__).parents[4] / "runbooks/FeedCacheDown/runbook.yaml"
Call = Callable[..., Result]
Complete = Callable[[str], list[str]]


def condition(kind: str, status: str, reason: str, message: str = "") -> dict[str, Any]:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": "2026-11-21T09:00:00Z",
    }


def move(time: str, numbers: tuple[int, int], limited_by: str, explanation: str) -> dict[str, Any]:
    before, after = numbers
    return {"time": time, "from": before, "to": after, "limitedBy": limited_by, "explanation": explanation}


def status() -> dict[str, Any]:
    return {
        "observedGeneration": 2,
        "apiURL": "http://10.0.0.1:30080",
        "feedMode": "Push",
        "degradedLevel": 0,
        "conditions": [
            condition("Ready", "True", "Serving", "users can post and read"),
            condition("EnginesReachable", "True", "AllReachable", "every engine answers"),
            condition("Progressing", "False", "UpToDate", "all resources match the desired state"),
            condition("Degraded", "False", "AsExpected"),
            condition("Paused", "False", "NotPaused"),
            condition("Remediating", "False", "Idle"),
        ],
        "workers": {
            "fanout": {
                "replicas": 2,
                "desired": 4,
                "lag": 1200,
                "drainSeconds": 42,
                "arrivalPerSecond": 20.0,
                "servicePerSecond": 62.0,
                "perWorkerPerSecond": 31.0,
                "limitedBy": "Max",
                "explanation": "20/s arrive and 1200 wait: up to 4",
                "decisions": [
                    move("2026-11-21T08:30:00Z", (1, 3), "None", "30/s arrive and 600 wait: up to 3"),
                    move("2026-11-21T09:10:30Z", (3, 2), "Min", "no lag, nothing arrives: 2 would do: down to 2"),
                    move("2026-11-21T09:59:48Z", (2, 4), "Max", "20/s arrive and 1200 wait: up to 4"),
                ],
            },
            "imageEncode": {
                "replicas": 1,
                "desired": 1,
                "lag": 3,
                "drainSeconds": 6,
                "arrivalPerSecond": 0.0,
                "servicePerSecond": 0.5,
                "limitedBy": "Measuring",
                "explanation": "lag 3; what one worker does is not measured yet: held at 1",
            },
            "purge": {"replicas": 1, "desired": 1},
        },
    }


def execution(name: str, phase: str, **more: Any) -> dict[str, Any]:
    journal = [
        {
            "time": "2026-11-21T09:58:00Z",
            "phase": "Triggered",
            "kind": "Transition",
            "entry": "7 calls to Redis failed",
        },
        {
            "time": "2026-11-21T09:58:01Z",
            "phase": "Mitigating",
            "kind": "Intent",
            "step": "pull",
            "entry": "about to pull",
        },
        {"time": "2026-11-21T09:58:02Z", "phase": "Mitigating", "kind": "Done", "step": "pull", "entry": "pods pull"},
    ]
    steps = [
        {"name": "pull", "action": "SetFeedMode", "description": "Serve feeds from timelines."},
        {"name": "rebuild", "action": "SetFeedMode", "description": "Rebuild lost feeds."},
    ]
    legs = [{"name": "pull", "leg": "Mitigate"}, {"name": "rebuild", "leg": "Recover"}]
    return {
        "metadata": {"name": name, "namespace": "photos", "creationTimestamp": "2026-11-21T09:58:00Z"},
        "spec": {
            "platform": "demo",
            "runbook": "FeedCacheDown",
            "trigger": {"source": "Probe", "fingerprint": "f", "summary": "7 calls to Redis failed"},
        },
        "status": {
            "phase": phase,
            "explanation": "feeds are pulled",
            "startedAt": "2026-11-21T09:58:00Z",
            "mitigatedAt": "2026-11-21T09:58:02Z",
            "plan": {"hash": "52aa85328d8c8204", "steps": steps, "runbook": {"steps": legs}},
            "journal": journal,
            **more,
        },
    }


ENDED = {"endedAt": "2026-11-21T09:58:20Z", "explanation": "feeds are whole; pods push"}


@pytest.fixture
def cluster(manifest: dict[str, Any]) -> FakeCluster:
    """A platform that is well, after an incident, under an operator that leads."""
    held = FakeCluster()
    held.put(Kind.PLATFORM, manifest | {"status": status()})
    held.put(Kind.EXECUTION, execution("demo-feedcachedown-1", "Succeeded", **ENDED))
    lease = {"holderIdentity": "operator-1_abc", "renewTime": "2026-11-21T09:59:58.000000Z"}
    held.put(Kind.LEASE, {"metadata": {"name": LEASE_NAME, "namespace": "photoplatform-system"}, "spec": lease})
    event = {
        "metadata": {"name": "demo-1", "namespace": "photos"},
        "involvedObject": {"uid": "uid-demo"},
        "lastTimestamp": "2026-11-21T09:58:20Z",
        "type": "Normal",
        "reason": "FeedModeChanged",
        "message": "feeds: Rebuilding -> Push",
    }
    held.put(Kind.EVENT, event)
    return held


@pytest.fixture
def built_ins(cluster: FakeCluster) -> None:
    """The runbooks that the operator's chart installs."""
    data = {"FeedCacheDown.yaml": BUILT_IN.read_text()}
    metadata = {"name": "photoplatform-operator-runbooks", "namespace": "photoplatform-system"}
    cluster.put(Kind.CONFIG_MAP, {"metadata": metadata, "data": data})


@pytest.fixture
def tools(cluster: FakeCluster) -> Tools:
    @asynccontextmanager
    async def connect(target: ClusterTarget) -> AsyncIterator[Connected]:
        yield Connected(cluster, target.namespace or "default")

    return Tools(connect, FakeClock(NOW_MS))


@pytest.fixture
def call(tools: Tools) -> Call:
    def run(*words: str, said: str = "") -> Result:
        return CliRunner().invoke(app, ["-n", "photos", *words], obj=tools, input=said)

    return run


@pytest.fixture
def complete(tools: Tools) -> Complete:
    """Ask as bash does: the words so far, the last one unfinished."""

    def run(words: str) -> list[str]:
        number = str(len(words.split()) - (not words.endswith(" ")))
        asked = {"_PHOTOPLATFORM_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": number}
        result = CliRunner().invoke(app, [], prog_name="photoplatform", env=asked, obj=tools)
        return result.stdout.split()

    return run
