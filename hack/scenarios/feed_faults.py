"""The table of what can break under a feed, each struck while people post, delete, unfollow and read.

Used by tests/e2e: every page must obey what was acknowledged before it was asked for, and once everything has arrived
every feed is exactly what was posted, on every pod of the API.
"""

import asyncio
import random
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx

from hack.scenarios.api import PhotoApi
from hack.scenarios.cluster import ENGINES, PHOTOS, Cluster, Pod, wait_for
from hack.scenarios.feed_load import Cast, Ledger, load
from hack.scenarios.process_signals import ProcessSignals

REDIS_CLI = (
    'redis-cli --no-auth-warning --user "$(cat /etc/credentials/username)" --pass "$(cat /etc/credentials/password)" '
    "$(if [ -e /etc/tls/ca.crt ]; then echo --tls --cacert /etc/tls/ca.crt; fi)"
)
FAILOVER_SECONDS = 30
RESHARDED_SLOTS = 60  # some tenths of a second each on a small machine
SLOTLESS = 8  # fields of a node that serves no slot
READY_SECONDS = 120
SETTLE_SECONDS = 120
LOOKS_AFTER = 6  # fresh connections, so that every pod of the API is asked


@dataclass(frozen=True)
class Ground:
    """Where a fault strikes."""

    cluster: Cluster
    signals: ProcessSignals
    random: random.Random


@dataclass(frozen=True)
class FaultRun:
    """What was measured and found; everything but the figures must be empty."""

    posts: int
    pages: int
    struck_seconds: float
    settled_seconds: float
    refused_reads: list[str]
    violations: list[str]
    differences: list[str]


Fault = Callable[[Ground], None]


def kill_components(*components: str) -> Fault:
    """Return the fault that kills the processes of components at random moments, twice each.

    What is left of a killed pod is deleted, since Kubernetes would wait longer from restart to restart.
    """

    def strike(ground: Ground) -> None:
        for _ in range(2):
            for component in components:
                time.sleep(ground.random.uniform(0.0, 1.5))
                pods = ground.cluster.component(component)
                ground.signals.send(pods, signal.SIGKILL)
                ground.cluster.kill(PHOTOS, pods)
            for component in components:
                _wait_component_ready(ground.cluster, component)

    return strike


def kill_engine(engine: str) -> Fault:
    """Return the fault that kills every pod of an engine."""

    def strike(ground: Ground) -> None:
        pods = ground.cluster.engine(engine)
        ground.cluster.kill(ENGINES, pods)
        ground.cluster.wait_engine_ready(engine, len(pods), READY_SECONDS)

    return strike


def fail_redis_over(ground: Ground) -> None:
    """Let a master hang until a replica of it was promoted, then kill it: it comes back as a replica."""
    masters = redis_masters(ground.cluster)
    victim = ground.random.choice(masters)
    asked = next(pod for pod in masters if pod != victim)
    ground.signals.send([victim], signal.SIGSTOP)
    try:
        wait_for("a replica to be promoted", lambda: _was_replaced(ground.cluster, victim, asked), FAILOVER_SECONDS)
    finally:
        ground.signals.send([victim], signal.SIGKILL)
    ground.cluster.wait_engine_ready("redis", len(ground.cluster.engine("redis")), READY_SECONDS)


def reshard_redis(ground: Ground) -> None:
    """Move slots from one master to another and back."""
    giver, taker = ground.random.sample(redis_masters(ground.cluster), 2)
    ids = {pod: redis(ground.cluster, pod, "cluster myid").strip() for pod in (giver, taker)}
    for source, target in ((giver, taker), (taker, giver)):
        wanted = f"--cluster-from {ids[source]} --cluster-to {ids[target]} --cluster-slots {RESHARDED_SLOTS}"
        said = redis(ground.cluster, giver, f"--cluster reshard 127.0.0.1:6379 {wanted} --cluster-yes")
        refused = [line for line in said.splitlines() if "ERR" in line]
        if refused:
            raise AssertionError(f"{giver.name} -> {taker.name}: {refused}")


FAULTS: Mapping[str, Fault] = {
    "the API is killed": kill_components("api"),
    "the planner is killed": kill_components("fanout-planner"),
    "the fan-out workers are killed": kill_components("fanout"),
    "the purge worker is killed": kill_components("purge"),
    "the outbox relay is killed": kill_components("outbox-relay"),
    "every worker is killed": kill_components("fanout-planner", "fanout", "purge", "outbox-relay"),
    "a Redis master fails over": fail_redis_over,
    "Redis is resharded": reshard_redis,
    "Redis is killed": kill_engine("redis"),
    "Kafka is killed": kill_engine("kafka"),
    "Cassandra is killed": kill_engine("cassandra"),
    "PostgreSQL is killed": kill_engine("postgres"),
}


async def run_faults(api: PhotoApi, ground: Ground, cast: Cast, faults: Sequence[Fault]) -> FaultRun:
    """Strike one after the other under load, then wait until every feed is what it should be."""
    ledger = Ledger()
    async with load(api, cast, ledger):
        await asyncio.sleep(2)
        began = time.monotonic()
        for fault in faults:
            await asyncio.to_thread(fault, ground)
            await asyncio.sleep(2)
        struck = time.monotonic() - began
    began = time.monotonic()
    differences = await _settle(api, cast, ledger)
    return FaultRun(
        posts=len(ledger.posts),
        pages=ledger.pages,
        struck_seconds=struck,
        settled_seconds=time.monotonic() - began,
        refused_reads=ledger.refused_reads,
        violations=ledger.violations,
        differences=differences,
    )


async def _settle(api: PhotoApi, cast: Cast, ledger: Ledger) -> list[str]:
    """Wait until feeds are right on every pod; return what is wrong in the end."""
    differences = await _until_right(api, cast, ledger)
    for _ in range(LOOKS_AFTER):
        fresh = PhotoApi(api.base_url)
        try:
            differences += await _until_right(fresh, cast, ledger)
        finally:
            await fresh.close()
    return differences


async def _until_right(api: PhotoApi, cast: Cast, ledger: Ledger) -> list[str]:
    """Wait until feeds are right: a pod whose Cassandra was slow a moment ago says `stale` and leaves posts out."""
    end = time.monotonic() + SETTLE_SECONDS
    while (differences := await _differences(api, cast, ledger)) and time.monotonic() < end:
        await asyncio.sleep(0.5)
    return differences


async def _differences(api: PhotoApi, cast: Cast, ledger: Ledger) -> list[str]:
    try:
        feeds = await asyncio.gather(*(api.whole_feed(viewer) for viewer in cast.viewers))
    except httpx.HTTPError as error:
        return [f"not answered: {error!r}"]
    return [
        said
        for viewer, feed in zip(cast.viewers, feeds, strict=True)
        for said in compare(viewer.username, feed, ledger.expected())
    ]


def compare(name: str, feed: list[str], expected: list[str]) -> list[str]:
    """Say how a whole feed differs from what it should be."""
    lost, wrong = set(expected) - set(feed), set(feed) - set(expected)
    said = [f"{name}: lost {post_id}" for post_id in sorted(lost)]
    said += [f"{name}: wrongly visible {post_id}" for post_id in sorted(wrong)]
    if not said and feed != expected:
        said.append(f"{name}: repeated or not newest first")
    return said


def redis(cluster: Cluster, pod: Pod, words: str) -> str:
    """Run redis-cli in a pod of Redis."""
    return cluster.run(ENGINES, pod.name, ["sh", "-c", f"{REDIS_CLI} {words}"], container="redis")


def redis_masters(cluster: Cluster) -> list[Pod]:
    """Return the pods that are masters."""
    return [pod for pod in cluster.engine("redis") if redis(cluster, pod, "role").startswith("master")]


def _was_replaced(cluster: Cluster, victim: Pod, asked: Pod) -> bool:
    nodes = redis(cluster, asked, "cluster nodes").splitlines()
    # <id> <ip:port@bus,hostname> <flags> ...; the slots of a failed master stay with it until a replica has them
    of_victim = next(line.split() for line in nodes if f",{victim.name}." in line)
    return "fail" in of_victim[2].split(",") and len(of_victim) <= SLOTLESS


def _wait_component_ready(cluster: Cluster, component: str) -> None:
    wanted = cluster.apps.read_namespaced_deployment(f"{cluster.platform}-{component}", PHOTOS).spec.replicas
    wait_for(
        f"{component} to be ready",
        lambda: len([pod for pod in cluster.component(component) if pod.ready]) >= wanted,
        READY_SECONDS,
    )
