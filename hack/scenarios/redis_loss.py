"""Loses Redis while people read: feeds are pulled, then pushed again, and no post is missing.

Used by the demo and by tests/e2e. The caller chooses the damage: `kill_redis` or `wipe_redis`.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hack.scenarios.api import Person, PhotoApi
from hack.scenarios.cluster import ENGINES, Cluster, Json, wait_for
from hack.scenarios.reading import Tally, reading
from photo_operator.runbooks.journal import ENDED

REDIS_PODS = 6
RUNBOOK = "FeedCacheDown"
Damage = Callable[[Cluster], None]


@dataclass(frozen=True)
class Participants:
    """An author with a photograph to post, and viewers who follow the author."""

    author: Person
    media_id: str
    viewers: Sequence[Person]


@dataclass(frozen=True)
class RedisLoss:
    """Measurements. Times are seconds after the damage; `push_after_return` counts from when Redis was ready again."""

    reads: int
    failures: list[str]
    pull_after: float
    execution_after: float
    redis_ready_after: float
    push_after_return: float
    missing_posts: list[str]
    execution: Json
    p50_ms: float
    p99_ms: float


def kill_redis(cluster: Cluster) -> None:
    """Kill every Redis pod at once."""
    cluster.kill(ENGINES, cluster.engine("redis"))


def wipe_redis(cluster: Cluster) -> None:
    """Kill every Redis pod at once, with its data."""
    pods = cluster.engine("redis")
    for pod in pods:
        cluster.run(ENGINES, pod.name, ["sh", "-c", "rm -rf /data/*"], container="redis")
    cluster.kill(ENGINES, pods)


def redis_executions(cluster: Cluster) -> list[Json]:
    """Return the executions of the platform's runbook for Redis."""
    wanted = (cluster.platform, RUNBOOK)
    found = cluster.custom("runbookexecutions")
    return [x for x in found if (x["spec"]["platform"], x["spec"]["runbook"]) == wanted]


def _new_execution(cluster: Cluster, known: set[str]) -> Json | None:
    return next((x for x in redis_executions(cluster) if x["metadata"]["name"] not in known), None)


def _finished(cluster: Cluster, name: str) -> Json | None:
    found = [x for x in redis_executions(cluster) if x["metadata"]["name"] == name]
    return next((x for x in found if x.get("status", {}).get("phase") in ENDED), None)


def _executions(cluster: Cluster) -> set[str]:
    return {x["metadata"]["name"] for x in redis_executions(cluster)}


async def _wait_for_mode(tally: Tally, modes: frozenset[str], deadline: float) -> float:
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        seen = [tally.first_seen[mode] for mode in modes if mode in tally.first_seen]
        if seen:
            return min(seen)
        await asyncio.sleep(0.05)
    raise AssertionError(f"no feed was read in {sorted(modes)} within {deadline:g} s; seen: {dict(tally.modes)}")


def _gaps(found: list[str], expected: set[str]) -> list[str]:
    return sorted(expected - set(found)) + [f"repeated: {len(found) - len(set(found))}"] * (
        len(found) != len(set(found))
    )


async def _missing(api: PhotoApi, viewers: Sequence[Person], expected: set[str]) -> list[str]:
    feeds = await asyncio.gather(*(api.whole_feed(viewer) for viewer in viewers))
    return [
        f"{viewer.username}: {gap}"
        for viewer, feed in zip(viewers, feeds, strict=True)
        for gap in _gaps(feed, expected)
    ]


async def lose_redis(api: PhotoApi, cluster: Cluster, people: Participants, damage: Damage) -> RedisLoss:
    """Damage Redis while people read and post, and wait until feeds are pushed again and the execution has ended."""
    before = [await api.post(people.author, people.media_id, "before the loss")]
    known = await asyncio.to_thread(_executions, cluster)
    async with reading(api, people.viewers) as tally:
        await _wait_for_mode(tally, frozenset({"push"}), 60)
        tally.reset_first_seen()
        damaged_at = tally.now()
        await asyncio.to_thread(damage, cluster)
        pulled_at = await _wait_for_mode(tally, frozenset({"pull", "rebuilding"}), 15)
        meanwhile = [await api.post(people.author, people.media_id, f"meanwhile {n}") for n in range(3)]
        execution = await asyncio.to_thread(wait_for, "a RunbookExecution", lambda: _new_execution(cluster, known), 15)
        executed_at = tally.now()
        await asyncio.to_thread(cluster.wait_engine_ready, "redis", REDIS_PODS, 90)
        returned_at = tally.now()
        ended = await asyncio.to_thread(
            wait_for, "the execution to end", lambda: _finished(cluster, execution["metadata"]["name"]), 180
        )
        tally.reset_first_seen()
        pushed_at = await _wait_for_mode(tally, frozenset({"push"}), 30)
    expected = {post["post_id"] for post in before + meanwhile}
    return RedisLoss(
        reads=len(tally.seconds),
        failures=tally.failures,
        pull_after=pulled_at - damaged_at,
        execution_after=executed_at - damaged_at,
        redis_ready_after=returned_at - damaged_at,
        push_after_return=pushed_at - returned_at,
        missing_posts=await _missing(api, people.viewers, expected),
        execution=ended,
        p50_ms=tally.percentile(0.5) * 1000,
        p99_ms=tally.percentile(0.99) * 1000,
    )
