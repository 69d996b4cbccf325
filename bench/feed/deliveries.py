"""Figures: CPU for a million deliveries, client and Redis together, and bytes a feed entry takes in Redis.

Run by `bench.feed.run`. Peers first: each way that a client offers is tried on a small workload, and its fastest is the
peer. Then rounds in which every writer writes the same number of posts by turns, so that whatever else the machine does
meets all of them; the median counts. Memory is asked of Redis after that, when the feeds are as in long use.
"""

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench import node_packages
from bench.feed.context import Bench
from bench.feed.filling import OLDER_POSTS, fill_heads, fill_zsets
from bench.model import Better, Line, Target
from bench.peers.redis_py_writer import CAP, WAYS, zset_key
from bench.peers.writing import Written
from bench.processes import answer_of
from bench.workloads.deliveries import account_id, build_deliveries, save
from bench.workloads.graph import SEED
from hack.steps import step
from photo_core.domain.feed.layout import HEADER_BYTES, ID_BYTES, feed_key
from photo_core.engines.redis import redis_settings

ROUNDS = 3
IOREDIS_WAYS = ("autopipeline", "node-pipelines")
TURNS = 2
TRIALS = TURNS * (len(WAYS) + len(IOREDIS_WAYS))  # workloads that trials take
DOCUMENTED = "cluster-pipeline"  # what redis-py's documentation shows for a cluster
SAMPLED_FEEDS = 500
MILLION = 1_000_000


@dataclass(frozen=True)
class Writer:
    """A command that writes the workload named by its last argument."""

    name: str
    argv: tuple[str, ...]


@dataclass(frozen=True)
class Spent:
    """CPU-seconds a million deliveries."""

    client: float
    redis: float

    @property
    def total(self) -> float:
        """Client and Redis together."""
        return self.client + self.redis


def measure(bench: Bench) -> list[Line]:
    """Measure writers and memory."""
    accounts = range(bench.graph.accounts)
    with step("fill sorted sets and feed heads"):
        fill_zsets(bench.cluster, accounts)
        fill_heads(bench, accounts)
    redis_py = _fastest(bench, [python_writer(way) for way in WAYS], 0)
    ioredis = _fastest(bench, _node_writers(), TURNS * len(WAYS))
    writers = [redis_py, ioredis, python_writer(DOCUMENTED), OURS]
    spent = _rounds(bench, writers)
    return [*_cpu_lines(spent, redis_py, ioredis), *_rate_lines(spent), _bytes_line(bench)]


def prepare() -> None:
    """Install the packages of the Node peer."""
    node_packages.install(node_packages.IOREDIS)


def python_writer(way: str) -> Writer:
    """Return redis-py writing by one of its ways."""
    return Writer(f"redis-py, {way}", (sys.executable, "-m", "bench.peers.redis_py_writer", way))


OURS = Writer("ours", (sys.executable, "-m", "bench.feed.writer", "once"))


def _node_writers() -> list[Writer]:
    home = node_packages.install(node_packages.IOREDIS)
    return [Writer(f"ioredis, {way}", ("node", str(home / "writer.mjs"), way)) for way in IOREDIS_WAYS]


def _fastest(bench: Bench, writers: Sequence[Writer], first: int) -> Writer:
    """Try each writer twice on a small workload and return the one whose best is the least; `first` numbers posts."""
    best: dict[Writer, float] = {}
    for place, writer in enumerate(list(writers) * TURNS, start=first):
        spent = _write(bench, writer, _workload(bench, bench.scale.trial_deliveries, place)).total
        best[writer] = min(spent, best.get(writer, spent))
    return min(writers, key=best.__getitem__)


def _rounds(bench: Bench, writers: Sequence[Writer]) -> Mapping[str, Spent]:
    """Let the writers write by turns, each its own posts, and return the median of each."""
    found: dict[str, list[Spent]] = {writer.name: [] for writer in writers}
    for place, writer in enumerate(list(writers) * ROUNDS, start=TRIALS):
        spent = _write(bench, writer, _workload(bench, bench.scale.deliveries // ROUNDS, place))
        found[writer.name].append(spent)
    return {name: sorted(rounds, key=lambda one: one.total)[ROUNDS // 2] for name, rounds in found.items()}


def _workload(bench: Bench, count: int, place: int) -> Path:
    """Write a workload of posts that no other has."""
    path = bench.folder / f"deliveries-{place}.json"
    save(build_deliveries(bench.graph, count, OLDER_POSTS + place * MILLION), path)
    return path


def _write(bench: Bench, writer: Writer, workload: Path) -> Spent:
    with step(f"write {workload.stem} by {writer.name}"):
        redis = bench.cluster.cpu_seconds()
        printed = answer_of([*writer.argv, str(workload)], bench.environment, writer.name)
        redis = bench.cluster.cpu_seconds() - redis
    done = msgspec.json.decode(printed, type=Written)
    return Spent(done.cpu_seconds * MILLION / done.deliveries, redis * MILLION / done.deliveries)


def _cpu_lines(spent: Mapping[str, Spent], redis_py: Writer, ioredis: Writer) -> list[Line]:
    """Compare with the fastest of each client, and with the way that redis-py documents."""
    figure, what, unit = "deliveries", "client and Redis CPU a million deliveries", "s"
    ours = spent[OURS.name].total
    return [
        Line(figure, what, unit, ours, spent[redis_py.name].total, redis_py.name, target=Target(times=10)),
        Line(figure, what, unit, ours, spent[ioredis.name].total, ioredis.name, target=Target(times=5)),
        Line(figure, what, unit, ours, spent[python_writer(DOCUMENTED).name].total, python_writer(DOCUMENTED).name),
    ]


def _rate_lines(spent: Mapping[str, Spent]) -> list[Line]:
    """Publish how the CPU of each divides."""
    return [Line("deliveries", f"of that the client's, {name}", "s", one.client) for name, one in spent.items()]


def _bytes_line(bench: Bench) -> Line:
    prefix = redis_settings(bench.source).key_prefix
    viewers = [
        account_id(number)
        for number in random.Random(SEED).sample(range(bench.graph.accounts), min(SAMPLED_FEEDS, bench.graph.accounts))
    ]
    zsets = [zset_key(str(viewer)) for viewer in viewers]
    heads = [feed_key(prefix, viewer) for viewer in viewers]
    peer = _bytes_of(bench, zsets) / sum(bench.cluster.send([("ZCARD", key) for key in zsets]))
    lengths = bench.cluster.send([("STRLEN", key) for key in heads])
    entries = sum(min(CAP, (length - HEADER_BYTES) // ID_BYTES) for length in lengths)
    ours = _bytes_of(bench, heads) / entries
    return Line("bytes", "a feed entry in Redis", "bytes", ours, peer, "sorted set", Better.LESS, Target(times=8))


def _bytes_of(bench: Bench, keys: Sequence[object]) -> int:
    return sum(bench.cluster.send([("MEMORY USAGE", key, "SAMPLES", 0) for key in keys]))
