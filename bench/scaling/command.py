"""`python -m bench scaling`: compares the scaler with KEDA and an HPA on simulated time.

Registered by `bench.__main__`; needs no cluster. All numbers except the duration of the run are determined by the
seeds of the traces.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bench.model import is_met
from bench.report import Run
from bench.scaling import results as kept
from bench.scaling.contenders import PEERS
from bench.scaling.lines import build_lines
from bench.scaling.random_traces import RANDOM_TRACES
from bench.scaling.runs import best_peer, play_all
from bench.scaling.traces import NAMED
from bench.scaling.world import Trace
from hack import paths
from hack.steps import report
from photo_core.clock import SystemClock

RESULTS = paths.LOCAL / "bench"
QUICK_TRACES = 20
Only = Annotated[list[str] | None, typer.Option(help="A named trace; may be given several times. All without it.")]
Quick = Annotated[bool, typer.Option("--quick", help=f"{QUICK_TRACES} random traces instead of {len(RANDOM_TRACES)}.")]
Results = Annotated[Path, typer.Option(help="The folder for scaling.md, scaling.json and the pictures.")]


def scaling(*, only: Only = None, quick: Quick = False, results: Results = RESULTS) -> None:
    """Compare the scaler with KEDA and an HPA, on simulated time."""
    named = chosen(only)
    random_traces = () if only else RANDOM_TRACES[: QUICK_TRACES if quick else None]
    run = compare(named, random_traces)
    kept.save(run, results)
    kept.show(run)
    raise typer.Exit(1 if any(is_met(line) is False for line in run.lines) else 0)


def chosen(only: Sequence[str] | None) -> list[Trace]:
    """Return the named traces that were requested, or all.

    Raises:
        typer.BadParameter: no trace has one of the names.
    """
    unknown = set(only or ()) - {trace.name for trace in NAMED}
    if unknown:
        raise typer.BadParameter(f"no trace is called {', '.join(sorted(unknown))}")
    return [trace for trace in NAMED if only is None or trace.name in only]


def compare(named: Sequence[Trace], random_traces: Sequence[Trace]) -> Run:
    """Simulate the named traces with all peers, and the random ones with the peer that was best on the named ones."""
    began_at, began = SystemClock().now_ms(), time.monotonic()
    report(f"{len(named)} named traces with {1 + len(PEERS)} scalers")
    played = play_all(named)
    best = best_peer(played)
    report(f"{len(random_traces)} random traces with ours and {best.name}")
    mixed = play_all(random_traces, (best,))
    lines = build_lines(played, mixed, PEERS, best.name)
    began_text = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(began_at / 1000))
    scale = f"{len(named)} named and {len(random_traces)} random traces, against {best.name}"
    return Run("simulated time", scale, began_text, time.monotonic() - began, tuple(lines))
