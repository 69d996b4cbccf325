"""Figures: CPU time of a million deliveries (client and Redis), and memory of a feed entry in Redis.

Run by `bench.feed.run`. First, each way of writing that a client library offers is tried on a small workload; the
fastest one is the peer. Then all writers take turns for several rounds, so that other load of the machine affects all
alike; the median counts. Memory is read from Redis afterwards, when the feeds look as after long use.
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
    """A command that writes the workload in the file of its last argument."""

    name: str
    argv: tuple[str, ...]


@dataclass(frozen=True)
class Spent:
    """CPU seconds per million deliveries."""

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
    """Return the writer that uses redis-py in one way."""
    return Writer(f"redis-py, {way}", (sys.executable, "-m", "bench.peers.redis_py_writer", way))


OURS = Writer("ours", (sys.executable, "-m", "bench.feed.writer", "once"))


def _node_writers() -> list[Writer]:
    home = node_packages.install(node_packages.IOREDIS)
    return [Writer(f"ioredis, {way}", ("node", str(home / "writer.mjs"), way)) for way in IOREDIS_WAYS]


def _fastest(bench: Bench, writers: Sequence[Writer], first: int) -> Writer:
    """Try each writer twice on a small workload and return the fastest; `first` is the first post number."""
    best: dict[Writer, float] = {}
    for place, writer in enumerate(list(writers) * TURNS, start=first):
        spent = _write(bench, writer, _workload(bench, bench.scale.trial_deliveries, place)).total
        best[writer] = min(spent, best.get(writer, spent))
    return min(writers, key=best.__getitem__)


def _rounds(bench: Bench, writers: Sequence[Writer]) -> Mapping[str, Spent]:
    """Run the writers in turn, each with its own posts, and return the median of each."""
    found: dict[str, list[Spent]] = {writer.name: [] for writer in writers}
    for place, writer in enumerate(list(writers) * ROUNDS, start=TRIALS):
        spent = _write(bench, writer, _workload(bench, bench.scale.deliveries // ROUNDS, place))
        found[writer.name].append(spent)
    return {name: sorted(rounds, key=lambda one: one.total)[ROUNDS // 2] for name, rounds in found.items()}


def _workload(bench: Bench, count: int, place: int) -> Path:
    """Save a workload whose posts occur in no other."""
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
    """Compare with the fastest way of each client, and with the documented way of redis-py."""
    figure, what, unit = "deliveries", "client and Redis CPU a million deliveries", "s"
    ours = spent[OURS.name].total
    return [
        Line(figure, what, unit, ours, spent[redis_py.name].total, redis_py.name, target=Target(times=10)),
        Line(figure, what, unit, ours, spent[ioredis.name].total, ioredis.name, target=Target(times=5)),
        Line(figure, what, unit, ours, spent[python_writer(DOCUMENTED).name].total, python_writer(DOCUMENTED).name),
    ]


def _rate_lines(spent: Mapping[str, Spent]) -> list[Line]:
    """Return lines for the client's part of the CPU time."""
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
