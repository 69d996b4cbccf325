"""Sends HTTP requests at a constant rate (open loop) with vegeta, and returns its results.

Called by the figures that measure HTTP. Requests are sent on schedule even if earlier ones were not answered yet, so
the result shows when a server stalls. Rate 0 sends each request as soon as the previous answer arrives.
"""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from hack.cluster import binaries
from hack.steps import StepError

CONNECTIONS = 16  # at saturation: enough to keep one process busy
OK = "200"


class Request(Struct, frozen=True):
    """A GET."""

    url: str
    header: Mapping[str, Sequence[str]] = {}
    method: str = "GET"


class Attack(Struct, frozen=True):
    """A load and its result; times in milliseconds."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    failed: int


class _Latencies(Struct):
    p50: int = msgspec.field(name="50th")
    p99: int = msgspec.field(name="99th")
    max: int


class _Report(Struct):
    latencies: _Latencies
    requests: int
    throughput: float
    status_codes: dict[str, int]


def save_targets(requests: Sequence[Request], path: Path) -> Path:
    """Write the requests, which vegeta sends in turn."""
    path.write_bytes(b"\n".join(msgspec.json.encode(request) for request in requests))
    return path


def attack(targets: Path, per_second: int, seconds: float) -> Attack:
    """Send requests for some time and return the result.

    Args:
        targets: the file that `save_targets` wrote.
        per_second: the constant rate; with 0 each connection sends as soon as it gets an answer.
        seconds: duration.
    """
    results = targets.with_suffix(".results")
    rate = ["-rate=0", f"-max-workers={CONNECTIONS}"] if per_second == 0 else [f"-rate={per_second}/1s"]
    _vegeta(
        *("attack", "-format=json", f"-targets={targets}", f"-duration={seconds}s", f"-output={results}"),
        *(f"-workers={CONNECTIONS}", "-timeout=30s", *rate),
    )
    return build_attack(_vegeta("report", "-type=json", str(results)))


def build_attack(report: bytes) -> Attack:
    """Parse vegeta's report, whose times are in nanoseconds."""
    read = msgspec.json.decode(report, type=_Report)
    return Attack(
        requests=read.requests,
        per_second=read.throughput,
        p50_ms=read.latencies.p50 / 1e6,
        p99_ms=read.latencies.p99 / 1e6,
        max_ms=read.latencies.max / 1e6,
        failed=read.requests - read.status_codes.get(OK, 0),
    )


def _vegeta(*words: str) -> bytes:
    done = subprocess.run([binaries.path(binaries.VEGETA), *words], capture_output=True, check=False)
    if done.returncode != 0:
        raise StepError("send requests with vegeta", done.stderr.decode(errors="replace"))
    return done.stdout
