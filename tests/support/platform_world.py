"""A platform in a cluster in memory, and passes that a test makes one by one; engines answer what the test sets."""

import asyncio
import base64
from typing import Any

import httpx2
import msgspec

from photo_core.domain.runtime_policy import POLICY_KEY, FeedMode, RuntimePolicy
from photo_core.errors import Engine
from photo_core.fakes.clock import FakeClock
from photo_operator.cluster.fake import FakeCluster, Write
from photo_operator.cluster.kinds import Kind
from photo_operator.crds.runbook import Runbook
from photo_operator.engines.model import Health, healthy
from photo_operator.engines.pool import ProbePool, ProbeTarget, SharedProbe
from photo_operator.observe.alert_board import AlertBoard
from photo_operator.observe.observer import ListingObserver
from photo_operator.reconcile.reconciler import PlatformReconciler, ReconcilerTools

SECRETS = {
    "photo-kafka": {"username": "u", "password": "p"},
    "photo-redis": {"username": "u", "password": "p"},
    "photo-cassandra": {"username": "u", "password": "p"},
    "photo-postgres": {"uri": "postgresql://u:p@postgres:5432/d"},
    "photo-object-storage": {"access_key_id": "a", "secret_access_key": "s"},
}


EPOCH = 3  # of the leader


def build_tools(cluster: FakeCluster, clock: FakeClock, http: httpx2.AsyncClient, **changes: Any) -> ReconcilerTools:
    """Return the tools of reconcilers over a cluster in memory; without runbooks, unless the changes name some."""
    tools = ReconcilerTools(
        observer=ListingObserver(cluster),
        cluster=cluster,
        clock=clock,
        pool=ProbePool(clock),
        http=http,
        runbooks={},
        alerts=AlertBoard(clock),
        identity="test",
        epoch=lambda: EPOCH,
        random_bytes=bytes,
    )
    return msgspec.structs.replace(tools, **changes)


class ScriptedProbe:
    """A probe that answers with the health that a test sets."""

    def __init__(self, health: Health) -> None:
        self.health = health

    async def probe(self) -> Health:
        return self.health

    async def close(self) -> None:
        """Nothing is open."""


class ScriptedPool(ProbePool):
    """Probes that answer what a test sets; they probe when `World.once` makes a pass."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.scripted = {engine: ScriptedProbe(healthy(engine)) for engine in Engine}
        self.shared = {engine: SharedProbe(engine, probe, clock) for engine, probe in self.scripted.items()}

    async def use(self, owner: str, targets: Any) -> dict[Engine, SharedProbe]:
        del owner
        chosen: dict[Engine, ProbeTarget] = targets
        for engine in chosen:
            await self.shared[engine].once()
        return {engine: self.shared[engine] for engine in chosen}


class World:
    def __init__(self, manifest: dict[str, Any], runbooks: dict[str, Runbook], http: httpx2.AsyncClient) -> None:
        self.clock = FakeClock()
        self.cluster = FakeCluster()
        self.alerts = AlertBoard(self.clock)
        self.pool = ScriptedPool(self.clock)
        self.cluster.put(Kind.PLATFORM, manifest)
        self.woken = asyncio.Event()
        tools = build_tools(self.cluster, self.clock, http, pool=self.pool, runbooks=runbooks, alerts=self.alerts)
        self.reconciler = PlatformReconciler(tools, "photos", "demo", self.woken.set)

    def put_secrets(self, *but: str) -> None:
        for name in SECRETS.keys() - set(but):
            data = {key: base64.b64encode(value.encode()).decode() for key, value in SECRETS[name].items()}
            self.cluster.put(Kind.SECRET, {"metadata": {"name": name, "namespace": "photos"}, "data": data})

    async def once(self, passes: int = 1) -> list[Write]:
        self.cluster.writes.clear()
        for _ in range(passes):
            await self.reconciler.once()
            self.clock.advance(1)
        return self.cluster.writes

    def finish_job(self, condition: str = "Complete") -> None:
        for job in self.of(Kind.JOB).values():
            turned = {"type": condition, "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
            job["status"] = {"conditions": [turned]}

    async def settle(self) -> None:
        self.put_secrets()
        await self.once(2)
        self.finish_job()
        await self.once(3)
        for deployment in self.of(Kind.DEPLOYMENT).values():
            count = deployment["spec"].get("replicas", 1)
            deployment["status"] = {
                "observedGeneration": deployment["metadata"]["generation"],
                **dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), count),
            }
        await self.once(3)

    def of(self, kind: Kind) -> dict[str, Any]:
        return {name: held for (found, _, name), held in self.cluster.objects.items() if found is kind}

    @property
    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self.of(Kind.PLATFORM)["demo"]["status"]
        return found

    def condition(self, kind: str) -> tuple[str, str]:
        found = next(item for item in self.status["conditions"] if item["type"] == kind)
        return found["status"], found["reason"]

    @property
    def policy(self) -> RuntimePolicy:
        text = self.of(Kind.CONFIG_MAP)["demo-runtime"]["data"][POLICY_KEY]
        return msgspec.json.decode(text, type=RuntimePolicy)

    @property
    def mode(self) -> FeedMode:
        return self.policy.feed_mode
