"""Figure: feed pages of 20 posts over HTTP, alone and during fan-out of 50,000 deliveries per second.

Run by `bench.feed.run`. The same viewers read the same posts from the platform's API and from the peer, with all feeds
in Redis. First requests per CPU second of the server are counted at saturation, then the latency is measured at 60 % of
that rate. The fan-out writes to the feeds of the same number of other accounts, on the same three masters.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from bench import load, processes
from bench.feed import platform
from bench.feed.context import Bench
from bench.feed.filling import OLDER_POSTS, fill_heads
from bench.load import Attack, Request
from bench.model import Better, Line, Target
from bench.peers.feed_server import WAYS, post_key
from bench.peers.redis_py_writer import zset_key
from bench.peers.writing import Written
from bench.workloads import social
from bench.workloads.deliveries import account_id, build_deliveries, save
from hack.steps import StepError, step, wait_until
from photo_core.domain.ids import created_at_ms

PEER_PORT = 17150
FANOUT_RATE = 50_000
SHADOWS = 5_000_000  # numbers of the accounts that the fan-out writes to during the reads
WARM_SECONDS = 240.0
WARM_AT_ONCE = 16
TRIAL_SECONDS = 2
SHARE_OF_SATURATION = 0.6
PLAIN = "plain-"
# 20 as the framework reads it, and as the fast lane passes it on (photo_app.feed.fast_lane)
LIMIT_OF_THE_ROUTE = "%320"


class Saturation(Struct, frozen=True):
    """Throughput of a server at saturation."""

    per_second: float
    per_cpu_second: float


class Page(Struct):
    """The data that the peer needs to give the same answer."""

    posts: list[dict[str, Any]]


def measure(bench: Bench) -> list[Line]:
    """Measure the platform, then its peers on the same pages."""
    viewers = readers(bench)
    with platform.api(bench) as serving:
        requests = platform.page_requests(bench, serving, viewers)
        targets = load.save_targets(requests, bench.folder / "pages.json")
        pages = warm(requests)
        ours = saturate(targets, serving.pid, bench.scale.load_seconds)
        routed = saturate(_routed_targets(bench, serving, viewers), serving.pid, bench.scale.load_seconds)
        alone = _at_share(targets, ours, bench)
        with _fanout(bench) as log:
            beside = _at_share(targets, ours, bench)
        rate = _rate_told(log)
    _store_for_peer(bench, viewers, pages)
    plain, typed = _best_peers(bench, viewers)
    return [
        *_rate_lines(ours, plain, typed),
        _lane_line(ours, routed),
        *_latency_lines(alone, plain[2], beside, rate),
    ]


def readers(bench: Bench) -> list[int]:
    """Return the account numbers of the readers."""
    return social.build_readers(bench.graph, bench.scale.viewers)


def warm(requests: Sequence[Request]) -> list[Page]:
    """Request every page until all are served from Redis, and return them."""
    with step(f"read {len(requests)} feeds until all are in Redis"):
        return asyncio.run(_warm(requests))


async def _warm(requests: Sequence[Request]) -> list[Page]:
    slots = asyncio.Semaphore(WARM_AT_ONCE)
    end = time.monotonic() + WARM_SECONDS

    async def pushed(client: httpx.AsyncClient, request: Request) -> Page:
        headers = {name: values[0] for name, values in request.header.items()}
        while time.monotonic() < end:
            async with slots:
                answer = await client.get(request.url, headers=headers)
            if answer.status_code == 200 and answer.headers["Feed-Mode"] == "push":
                return msgspec.json.decode(answer.content, type=Page)
            await asyncio.sleep(0.2)
        raise StepError("warm up the feeds", f"still {answer.status_code} {answer.headers.get('Feed-Mode')}")

    async with httpx.AsyncClient(timeout=30.0) as client:
        return await asyncio.gather(*(pushed(client, request) for request in requests))


def saturate(targets: Path, pid: int, seconds: float) -> Saturation:
    """Measure the throughput of a server at saturation."""
    load.attack(targets, 0, 1)
    with step("ask for pages as fast as they come"):
        before = processes.cpu_seconds([pid])
        done = load.attack(targets, 0, seconds)
        spent = processes.cpu_seconds([pid]) - before
    if done.failed:
        raise StepError("read pages at saturation", f"{done.failed} of {done.requests} requests failed")
    return Saturation(done.per_second, done.requests / spent)


def _routed_targets(bench: Bench, serving: platform.Api, viewers: list[int]) -> Path:
    """Save requests for the same pages that the fast lane passes on to the framework's route."""
    requests = platform.page_requests(bench, serving, viewers, LIMIT_OF_THE_ROUTE)
    return load.save_targets(requests, bench.folder / "routed-pages.json")


def _at_share(targets: Path, saturation: Saturation, bench: Bench) -> Attack:
    rate = max(1, int(saturation.per_second * SHARE_OF_SATURATION))
    with step(f"read {rate} pages a second"):
        return load.attack(targets, rate, bench.scale.load_seconds)


@contextlib.contextmanager
def _fanout(bench: Bench) -> Iterator[Path]:
    """Write 50,000 deliveries per second to other feeds until the block ends; yield the log with the result."""
    accounts = range(SHADOWS, SHADOWS + bench.graph.accounts)
    workload, log = bench.folder / "fanout.json", bench.folder / "writer.log"
    with step("fill the feeds that fan-out writes to"):
        fill_heads(bench, accounts)
        count = FANOUT_RATE * (bench.scale.load_seconds + 5)
        save(build_deliveries(bench.graph, count, OLDER_POSTS, SHADOWS), workload)
    argv = [sys.executable, "-m", "bench.feed.writer", "paced", str(workload), str(FANOUT_RATE)]
    begun = appends(bench)
    with processes.running(argv, bench.environment, log) as child:
        wait_until(lambda: child.poll() is not None or appends(bench) > begun, 60.0, "fan-out runs")
        yield log


def _rate_told(log: Path) -> float:
    """Return the deliveries per second that the writer has logged."""
    told = [line for line in log.read_text().splitlines() if line.startswith("{")]
    if not told:
        raise StepError("fan-out during the reads", "the writer failed", log)
    written = msgspec.json.decode(told[-1], type=Written)
    return written.deliveries / written.seconds


def appends(bench: Bench) -> int:
    """Return how many feeds the masters have appended to so far."""
    stats = [master.info("commandstats").get("cmdstat_append", {}) for master in bench.cluster.masters()]
    return sum(int(one.get("calls", 0)) for one in stats)


def _store_for_peer(bench: Bench, viewers: Sequence[int], pages: Sequence[Page]) -> None:
    """Store the posts that the platform showed, and the ids of each feed, for the peer."""
    posts = {post["post_id"]: post for page in pages for post in page.posts}
    bench.cluster.send([("SET", post_key(post_id), msgspec.json.encode(post)) for post_id, post in posts.items()])
    commands = []
    for viewer, page in zip(viewers, pages, strict=True):
        scored = [word for post in page.posts for word in (created_at_ms(int(post["post_id"])), post["post_id"])]
        commands.append(("ZADD", zset_key(str(account_id(viewer))), *scored))
    bench.cluster.send(commands)


Peer = tuple[str, Saturation, Attack]


def _best_peers(bench: Bench, viewers: Sequence[int]) -> tuple[Peer, Peer]:
    """Try every way, and measure the fastest plain one and the fastest of all."""
    urls = [Request(f"http://127.0.0.1:{PEER_PORT}/feed/{account_id(viewer)}") for viewer in viewers]
    targets = load.save_targets(urls, bench.folder / "peer.json")
    tried = {way: _trial(bench, targets, way) for way in WAYS}
    plain = max((way for way in WAYS if way.startswith(PLAIN)), key=lambda way: tried[way])
    fastest = max(WAYS, key=lambda way: tried[way])
    return _peer(bench, targets, plain), _peer(bench, targets, fastest)


def _trial(bench: Bench, targets: Path, way: str) -> float:
    with _peer_server(bench, way) as pid:
        return saturate(targets, pid, TRIAL_SECONDS).per_cpu_second


def _peer(bench: Bench, targets: Path, way: str) -> Peer:
    with _peer_server(bench, way) as pid:
        saturation = saturate(targets, pid, bench.scale.load_seconds)
        return f"FastAPI and redis-py, {way}", saturation, _at_share(targets, saturation, bench)


@contextlib.contextmanager
def _peer_server(bench: Bench, way: str) -> Iterator[int]:
    argv = [sys.executable, "-m", "bench.peers.feed_server", way, str(PEER_PORT)]
    with processes.running(argv, bench.environment, bench.folder / "peer.log") as child:
        wait_until(lambda: child.poll() is not None or _serves(), 30.0, f"the peer {way} answers")
        yield child.pid


def _serves() -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{PEER_PORT}/feed/0").is_success
    return False


def _rate_lines(ours: Saturation, plain: Peer, fastest: Peer) -> list[Line]:
    what, unit = "pages of 20 a CPU-second of the API", "pages"
    return [
        Line("pages", what, unit, ours.per_cpu_second, plain[1].per_cpu_second, plain[0], Better.MORE, Target(times=4)),
        Line("pages", what, unit, ours.per_cpu_second, fastest[1].per_cpu_second, fastest[0], Better.MORE),
    ]


def _lane_line(ours: Saturation, routed: Saturation) -> Line:
    what, unit = "pages of 20 a CPU-second of the API", "pages"
    peer = "the same pages, without the fast lane"
    return Line("pages", what, unit, ours.per_cpu_second, routed.per_cpu_second, peer, Better.MORE)


def _latency_lines(alone: Attack, peer: Attack, beside: Attack, rate: float) -> list[Line]:
    at = "p99 at 60 % of saturation"
    return [
        Line(
            "pages",
            f"{at}, alone",
            "ms",
            alone.p99_ms,
            peer.p99_ms,
            "the same, at its own 60 %",
            target=Target(at_most=20),
        ),
        Line("pages", f"{at}, beside {rate:,.0f} deliveries/s", "ms", beside.p99_ms, target=Target(at_most=50)),
        Line("pages", "requests that failed", "requests", alone.failed + beside.failed, target=Target(at_most=0)),
    ]
