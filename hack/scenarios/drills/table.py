"""The table that `make drill` prints. Pure."""

from collections.abc import Sequence

from hack.scenarios.drills.model import DrillRun

HEAD = ("runbook", "detect s", "mitigate s", "recover s", "reads", "posts", "refused", "failed", "decisions", "end")


def build_table(runs: Sequence[DrillRun]) -> str:
    """Return the table: a header, and a line per drill."""
    rows = [HEAD, *(_row(run) for run in runs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(run: DrillRun) -> tuple[str, ...]:
    load = run.load
    times = (f"{seconds:.0f}" for seconds in (run.detected, run.mitigated, run.recovered))
    counts = (str(count) for count in (load.reads, load.posts, load.refused, len(load.failed), run.decisions))
    return (run.runbook, *times, *counts, "; ".join((run.phase, *run.findings)))
