"""Measures one operator with many PhotoPlatforms on the real API server. Called by `python -m bench operator`.

The operator runs on this host, its platforms are in a separate namespace. Their Secrets do not exist, so no engine is
probed and no pod is created: reading, deciding and comparing are measured.
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hack import paths
from hack.scenarios.cluster import Cluster
from tests.support.operator_processes import OperatorProcess, operators, scratch_namespace, start_operator, until

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMESPACE = "operator-bench"
PLATFORMS = (1, 100, 500)
START_SECONDS = 60
SETTLE_SECONDS = 900
MEASURED_SECONDS = 60
CALLS = "photoplatform_operator_api_calls_total"
PASSES = "photoplatform_operator_reconcile_passes_total"
BUCKETS = "photoplatform_operator_reconcile_seconds_bucket"


@dataclass(frozen=True)
class Figures:
    """What one run measured."""

    platforms: int
    first_pass_seconds: float
    settled_seconds: float
    memory_bytes: int
    processor: float  # of one core
    passes_per_second: float
    calls_per_second: float
    writes_per_second: float  # including those of the Lease
    p50: float
    p99: float

    def row(self) -> str:
        """Return a line of the table."""
        cells = (
            f"{self.platforms}",
            f"{self.first_pass_seconds:.1f} s",
            f"{self.settled_seconds:.0f} s",
            f"{self.memory_bytes / 2**20:.0f} MB",
            f"{self.processor:.2f}",
            f"{self.passes_per_second:.1f}",
            f"{self.calls_per_second:.1f}",
            f"{self.writes_per_second:.2f}",
            f"<= {self.p50 * 1000:g} ms",
            f"<= {self.p99 * 1000:g} ms",
        )
        return "| " + " | ".join(cells) + " |"


HEAD = (
    "| platforms | start to first pass | all settled | memory | cores | passes/s | API calls/s | writes/s | pass p50 "
    "| pass p99 |\n" + "|---" * 10 + "|"
)


async def measure(platforms: int) -> Figures:
    """Run an operator with this number of platforms and measure it."""
    cluster = Cluster(kubeconfig=paths.KUBECONFIG)
    with scratch_namespace(cluster, NAMESPACE) as scratch, tempfile.TemporaryDirectory() as folder:
        for number in range(1, platforms):
            await asyncio.to_thread(scratch.create_platform, f"platform-{number}")
        operator = await start_operator(NAMESPACE, Path(folder), paths.KUBECONFIG)
        async with operators(operator):
            await until("the operator to answer", operator.standing, START_SECONDS)
            await until("the first pass", lambda: sum(operator.metric(PASSES).values()), START_SECONDS)
            first = time.monotonic() - operator.started
            await until("every platform to be settled", lambda: _is_settled(operator, platforms), SETTLE_SECONDS)
            return await _measured(operator, platforms, (first, time.monotonic() - operator.started))


def _writes(operator: OperatorProcess, *, leases: bool) -> float:
    verbs = ("create", "patch", "update", "delete")
    return sum(
        value
        for labels, value in operator.metric(CALLS).items()
        if any(f'verb="{verb}"' in labels for verb in verbs) and (leases or 'resource="leases"' not in labels)
    )


def _is_settled(operator: OperatorProcess, platforms: int) -> bool:
    """Return whether every platform had a pass and five seconds passed without a write."""
    before = _writes(operator, leases=False)
    if sum(operator.metric(PASSES).values()) < 2 * platforms:
        return False
    time.sleep(5)
    return _writes(operator, leases=False) == before


async def _measured(operator: OperatorProcess, platforms: int, took: tuple[float, float]) -> Figures:
    def sample() -> tuple[float, float, float, dict[str, float], float]:
        calls, passes = sum(operator.metric(CALLS).values()), sum(operator.metric(PASSES).values())
        spent = operator.metric("process_cpu_seconds_total")[""]
        return calls, passes, _writes(operator, leases=True), operator.metric(BUCKETS), spent

    before = await asyncio.to_thread(sample)
    begun = time.monotonic()
    await asyncio.sleep(MEASURED_SECONDS)
    after = await asyncio.to_thread(sample)
    seconds = time.monotonic() - begun
    grown = {
        float(labels.split('"')[1].replace("+Inf", "inf")): after[3][labels] - before[3][labels] for labels in after[3]
    }
    return Figures(
        platforms=platforms,
        first_pass_seconds=took[0],
        settled_seconds=took[1],
        memory_bytes=operator.memory_bytes(),
        processor=(after[4] - before[4]) / seconds,
        passes_per_second=(after[1] - before[1]) / seconds,
        calls_per_second=(after[0] - before[0]) / seconds,
        writes_per_second=(after[2] - before[2]) / seconds,
        p50=_quantile(grown, 0.5),
        p99=_quantile(grown, 0.99),
    )


def _quantile(buckets: dict[float, float], share: float) -> float:
    """Return the upper bound of the bucket that contains a quantile."""
    total = max(buckets.values())
    return next(bound for bound, count in sorted(buckets.items()) if count >= share * total)


def run(counts: "Iterable[int]") -> str:
    """Measure several numbers of platforms and return the table."""
    rows = [asyncio.run(measure(count)).row() for count in counts]
    return "\n".join((HEAD, *rows))
