"""Faults of everything that feeds depend on, injected while people post, delete, unfollow and read.

Used by tests/e2e. Every page must reflect what was acknowledged before it was requested, and once all messages are
processed, every pod of the API must return exactly the posts that were made.
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
from hack.scenarios.feed_load import Ledger, LoadUsers, load
from hack.scenarios.process_signals import ProcessSignals

REDIS_CLI = (
    'redis-cli --no-auth-warning --user "$(cat /etc/credentials/username)" --pass "$(cat /etc/credentials/password)" '
    "$(if [ -e /etc/tls/ca.crt ]; then echo --tls --cacert /etc/tls/ca.crt; fi)"
)
FAILOVER_SECONDS = 30
RESHARDED_SLOTS = 60  # each takes some tenths of a second on a small machine
FIELDS_WITHOUT_SLOTS = 8  # of a node without slots in the output of CLUSTER NODES
READY_SECONDS = 120
SETTLE_SECONDS = 120
FRESH_CONNECTIONS = 6  # enough to reach every pod of the API


@dataclass(frozen=True)
class FaultContext:
    """What a fault needs: the cluster, signals to processes, and a source of random numbers."""

    cluster: Cluster
    signals: ProcessSignals
    random: random.Random


@dataclass(frozen=True)
class FaultRun:
    """Measurements and findings of a run; all lists must be empty."""

    posts: int
    pages: int
    refused_reads: list[str]
    violations: list[str]
    differences: list[str]


Fault = Callable[[FaultContext], None]


def kill_components(*components: str) -> Fault:
    """Return the fault that kills the processes of components at random moments, twice each.

    A killed pod is then deleted, since Kubernetes would wait longer before each restart.
    """

    def inject(context: FaultContext) -> None:
        for _ in range(2):
            for component in components:
                time.sleep(context.random.uniform(0.0, 1.5))
                pods = context.cluster.component(component)
                context.signals.send(pods, signal.SIGKILL)
                context.cluster.kill(PHOTOS, pods)
            for component in components:
                _wait_component_ready(context.cluster, component)

    return inject


def kill_engine(engine: str) -> Fault:
    """Return the fault that kills every pod of an engine."""

    def inject(context: FaultContext) -> None:
        pods = context.cluster.engine(engine)
        context.cluster.kill(ENGINES, pods)
        context.cluster.wait_engine_ready(engine, len(pods), READY_SECONDS)

    return inject


def fail_redis_over(context: FaultContext) -> None:
    """Suspend a master until one of its replicas is promoted, then kill it, so that it returns as a replica."""
    masters = redis_masters(context.cluster)
    suspended = context.random.choice(masters)
    other = next(pod for pod in masters if pod != suspended)
    context.signals.send([suspended], signal.SIGSTOP)
    try:
        wait_for("a replica to be promoted", lambda: _is_replaced(context.cluster, suspended, other), FAILOVER_SECONDS)
    finally:
        context.signals.send([suspended], signal.SIGKILL)
    context.cluster.wait_engine_ready("redis", len(context.cluster.engine("redis")), READY_SECONDS)


def reshard_redis(context: FaultContext) -> None:
    """Move slots from one master to another and back."""
    source_pod, target_pod = context.random.sample(redis_masters(context.cluster), 2)
    ids = {pod: redis(context.cluster, pod, "cluster myid").strip() for pod in (source_pod, target_pod)}
    for source, target in ((source_pod, target_pod), (target_pod, source_pod)):
        wanted = f"--cluster-from {ids[source]} --cluster-to {ids[target]} --cluster-slots {RESHARDED_SLOTS}"
        output = redis(context.cluster, source_pod, f"--cluster reshard 127.0.0.1:6379 {wanted} --cluster-yes")
        refused = [line for line in output.splitlines() if "ERR" in line]
        if refused:
            raise AssertionError(f"{source_pod.name} -> {target_pod.name}: {refused}")


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


async def run_faults(api: PhotoApi, context: FaultContext, users: LoadUsers, faults: Sequence[Fault]) -> FaultRun:
    """Inject faults one after the other under load, then wait until every feed is correct."""
    ledger = Ledger()
    async with load(api, users, ledger):
        await asyncio.sleep(2)
        for fault in faults:
            await asyncio.to_thread(fault, context)
            await asyncio.sleep(2)
    differences = await _settle(api, users, ledger)
    return FaultRun(
        posts=len(ledger.posts),
        pages=ledger.pages,
        refused_reads=ledger.refused_reads,
        violations=ledger.violations,
        differences=differences,
    )


async def _settle(api: PhotoApi, users: LoadUsers, ledger: Ledger) -> list[str]:
    """Wait until feeds are correct on every pod; return the differences that remain."""
    differences = await _wait_until_correct(api, users, ledger)
    for _ in range(FRESH_CONNECTIONS):
        fresh = PhotoApi(api.base_url)
        try:
            differences += await _wait_until_correct(fresh, users, ledger)
        finally:
            await fresh.close()
    return differences


async def _wait_until_correct(api: PhotoApi, users: LoadUsers, ledger: Ledger) -> list[str]:
    """Wait until feeds are correct: after a slow Cassandra, a pod serves incomplete `stale` feeds for a while."""
    end = time.monotonic() + SETTLE_SECONDS
    while (differences := await _differences(api, users, ledger)) and time.monotonic() < end:
        await asyncio.sleep(0.5)
    return differences


async def _differences(api: PhotoApi, users: LoadUsers, ledger: Ledger) -> list[str]:
    try:
        feeds = await asyncio.gather(*(api.whole_feed(viewer) for viewer in users.viewers))
    except httpx.HTTPError as error:
        return [f"not answered: {error!r}"]
    return [
        difference
        for viewer, feed in zip(users.viewers, feeds, strict=True)
        for difference in compare(viewer.username, feed, ledger.expected())
    ]


def compare(name: str, feed: list[str], expected: list[str]) -> list[str]:
    """Return the differences between a complete feed and the expected one."""
    lost, wrong = set(expected) - set(feed), set(feed) - set(expected)
    found = [f"{name}: lost {post_id}" for post_id in sorted(lost)]
    found += [f"{name}: wrongly visible {post_id}" for post_id in sorted(wrong)]
    if not found and feed != expected:
        found.append(f"{name}: repeated or not newest first")
    return found


def redis(cluster: Cluster, pod: Pod, words: str) -> str:
    """Run redis-cli in a pod of Redis."""
    return cluster.run(ENGINES, pod.name, ["sh", "-c", f"{REDIS_CLI} {words}"], container="redis")


def redis_masters(cluster: Cluster) -> list[Pod]:
    """Return the pods that are masters."""
    return [pod for pod in cluster.engine("redis") if redis(cluster, pod, "role").startswith("master")]


def _is_replaced(cluster: Cluster, suspended: Pod, other: Pod) -> bool:
    nodes = redis(cluster, other, "cluster nodes").splitlines()
    # <id> <ip:port@bus,hostname> <flags> ...; a failed master keeps its slots until a replica takes them over
    fields = next(line.split() for line in nodes if f",{suspended.name}." in line)
    return "fail" in fields[2].split(",") and len(fields) <= FIELDS_WITHOUT_SLOTS


def _wait_component_ready(cluster: Cluster, component: str) -> None:
    wanted = cluster.apps.read_namespaced_deployment(f"{cluster.platform}-{component}", PHOTOS).spec.replicas
    wait_for(
        f"{component} to be ready",
        lambda: len([pod for pod in cluster.component(component) if pod.ready]) >= wanted,
        READY_SECONDS,
    )
