"""Figure: a page in pull mode for a viewer who follows 200 accounts, compared with one query per account.

Run by `bench.feed.run`. The API gets the address of a Redis that does not answer, so its circuit breaker opens and it
pulls. Five pages are requested per second. Cold: the process has just started, and no two viewers follow the same
account. Warm: the same viewers again. The CPU time of an idle Cassandra is measured first and subtracted.
"""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

import httpx
import msgspec
from msgspec import Struct

from bench import load, processes
from bench.feed import platform
from bench.feed.context import Bench
from bench.feed.platform import Api
from bench.feed.storing import pulled_authors
from bench.model import Line, Target
from bench.peers.pull import Pages
from bench.statistics import percentile
from bench.workloads.deliveries import account_id
from bench.workloads.social import PULLERS
from hack.steps import StepError, step, wait_until
from photo_core.engines.redis import RedisVariable

NO_REDIS = {RedisVariable.NODES.value: "127.0.0.1:17199"}
PAGES_PER_SECOND = 5
CASSANDRA = "CassandraDaemon"
IDLE_SECONDS = 0.5
IDLE_MOMENTS = 8
FAILING_SECONDS = 30.0
Result = TypeVar("Result")


class Pulled(Struct, frozen=True):
    """Latency of pages, and CPU time of Cassandra per page."""

    p99_ms: float
    cassandra_ms: float
    failed: int = 0


def measure(bench: Bench) -> list[Line]:
    """Measure cold pages, then warm pages, then the peer."""
    idle = _idle_cassandra()
    with platform.api(bench, NO_REDIS) as serving:
        _wait_for_pull(bench, serving)
        cold = _ours(bench, serving, bench.scale.pull_viewers, idle)
        warm = _ours(bench, serving, bench.scale.load_seconds * PAGES_PER_SECOND, idle)
    peer = _peer(bench, idle)
    failed = Line("pull", "requests that failed", "requests", cold.failed + warm.failed, target=Target(at_most=0))
    return [*_lines("cold", cold, peer, 2_000), *_lines("warm", warm, peer, 150), failed]


def _lines(state: str, ours: Pulled, peer: Pulled, at_most: float) -> list[Line]:
    name = "one query an account"
    page, cpu = f"page of 200 followees, {state}, p99", f"Cassandra CPU a {state} page"
    return [
        Line("pull", page, "ms", ours.p99_ms, peer.p99_ms, name, target=Target(at_most=at_most)),
        Line("pull", cpu, "ms", ours.cassandra_ms, peer.cassandra_ms, name, target=Target(times=5)),
    ]


def _ours(bench: Bench, serving: Api, pages: int, idle: float) -> Pulled:
    viewers = [PULLERS + place for place in range(bench.scale.pull_viewers)]
    targets = load.save_targets(platform.page_requests(bench, serving, viewers), bench.folder / "pull.json")
    with step(f"pull {pages} pages at {PAGES_PER_SECOND} a second"):
        seconds = pages / PAGES_PER_SECOND
        done, cassandra = _with_cassandra(lambda: load.attack(targets, PAGES_PER_SECOND, seconds), idle)
    return Pulled(done.p99_ms, cassandra * 1000 / done.requests, done.failed)


def _peer(bench: Bench, idle: float) -> Pulled:
    followees = tuple(
        tuple(account_id(author) for author in pulled_authors(place)) for place in range(bench.scale.pull_viewers)
    )
    path = bench.folder / "peer-pull.json"
    path.write_bytes(msgspec.json.encode(Pages(followees, PAGES_PER_SECOND)))
    argv = [sys.executable, "-m", "bench.peers.pull", str(path)]
    with step(f"pull {len(followees)} pages by one query an account"):
        printed, cassandra = _with_cassandra(lambda: processes.answer_of(argv, bench.environment, "peer's pull"), idle)
    seconds = msgspec.json.decode(printed, type=list[float])
    # the first page is read twice, once to warm up the driver
    return Pulled(percentile(seconds, 0.99) * 1000, cassandra * 1000 / (len(seconds) + 1))


def _wait_for_pull(bench: Bench, serving: Api) -> None:
    """Read the page of a viewer without followees until the circuit breaker is open."""
    headers = {"Authorization": f"Bearer {platform.token(bench, PULLERS - 1)}"}

    def pulls() -> bool:
        answer = httpx.get(f"{serving.url}/v1/feed", headers=headers, timeout=10.0)
        return str(answer.headers.get("Feed-Mode")) == "pull"

    wait_until(pulls, FAILING_SECONDS, "the API pulls")


def _idle_cassandra() -> float:
    """Return the CPU usage of an idle Cassandra: the lowest of several samples."""
    return min(_cassandra_rate() for _ in range(IDLE_MOMENTS))


def _cassandra_rate() -> float:
    pids, began = _cassandra(), time.monotonic()
    before = processes.cpu_seconds(pids)
    time.sleep(IDLE_SECONDS)
    return (processes.cpu_seconds(pids) - before) / (time.monotonic() - began)


def _with_cassandra(act: Callable[[], Result], idle: float) -> tuple[Result, float]:
    """Run `act`, and return its result and the CPU seconds that Cassandra spent on it.

    Raises:
        StepError: it used less than when idle, so other clients used it during the first measurement.
    """
    pids, began = _cassandra(), time.monotonic()
    before = processes.cpu_seconds(pids)
    result = act()
    spent = processes.cpu_seconds(pids) - before - idle * (time.monotonic() - began)
    if spent <= 0:
        raise StepError("count Cassandra's CPU", "other clients use it; measure again without them")
    return result, spent


def _cassandra() -> list[int]:
    pids = processes.pids_with(CASSANDRA)
    if not pids:
        raise StepError("find Cassandra", "no Cassandra process runs on this machine")
    return pids
