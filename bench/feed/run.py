"""Runs figures of the feed engine: starts what they share, measures one after the other, and returns the table.

Called by `python -m bench feed`. The engine that it starts, and the databases and topics that it creates, are removed
at the end, also after a failure.
"""

import contextlib
import os
import platform as host
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import cluster_names, engines, redis_cluster
from bench.feed import platform, storing
from bench.feed.catalog import Figure
from bench.feed.context import Bench
from bench.feed.scales import Scale
from bench.model import Line
from bench.report import Run
from hack.cluster import binaries
from hack.steps import StepError, report, step
from photo_core.clock import SystemClock

LOG_TAIL = 2_000


def prepare(figures: Sequence[Figure]) -> None:
    """Prepare figures, then make the cluster's names resolvable if a figure needs engines."""
    binaries.ensure(binaries.FOR_BENCH)
    for figure in figures:
        figure.prepare()
    if any(figure.engines for figure in figures) and not cluster_names.are_known():
        cluster_names.enter()


def run(figures: Sequence[Figure], scale: Scale) -> Run:
    """Measure figures and return the table."""
    measured_on = machine()
    began_at, began = SystemClock().now_ms(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="photoplatform-bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        with step("start three Redis masters on this host"):
            cluster = stack.enter_context(redis_cluster.running(folder))
        environment = engines.own_redis(cluster, folder / "secrets")
        if any(figure.engines for figure in figures):
            environment = stack.enter_context(engines.opened(environment))
        bench = Bench(scale, folder, cluster, environment)
        if any(figure.engines for figure in figures):
            platform.provision(bench)
            storing.store_people_and_posts(bench)
        lines, failures = _measure(figures, bench)
    began_text = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(began_at / 1000))
    return Run(measured_on, scale.name, began_text, time.monotonic() - began, tuple(lines), tuple(failures))


def machine() -> str:
    """Return the machine that was measured on, and its load."""
    load = f"load average {os.getloadavg()[0]:.1f}"
    return f"{os.cpu_count()} cores of {_model()}, {load}, Linux {host.release()}, Python {host.python_version()}"


def _measure(figures: Sequence[Figure], bench: Bench) -> tuple[list[Line], list[str]]:
    """Measure one figure after the other; a failure does not stop the others."""
    lines: list[Line] = []
    failures: list[str] = []
    for place, figure in enumerate(figures, start=1):
        report(f"figure {place} of {len(figures)}: {figure.title}")
        bench.cluster.flush()
        try:
            lines += figure.measure(bench)
        except StepError as error:
            log = f"\n{error.log.read_text()[-LOG_TAIL:]}" if error.log and error.log.exists() else ""
            failures.append(f"{figure.name}: {error}{log}")
    return lines, failures


def _model() -> str:
    found = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return found[0].partition(":")[2].strip() if found else host.machine()
