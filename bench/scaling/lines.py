"""Turns scores into lines of the table that all benchmarks share. Pure; called by `command`."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from bench.model import Better, Line, Target
from bench.scaling.contenders import OURS, Contender
from bench.scaling.runs import TraceResult, total
from bench.scaling.score import Score, weigh

NEVER = Target(at_most=0)
COST = "cost, with a late second at that of all workers"


class Measure(Struct, frozen=True):
    """One value of a score, and how the table shows it."""

    what: str
    unit: str
    of: Callable[[Score], float]
    target: Target = Target()


MEASURES: tuple[Measure, ...] = (
    Measure("some message older than the drain target", "s", lambda score: score.late_seconds),
    Measure("lag area", "message-s", lambda score: score.lag_area),
    Measure("workers", "worker-s", lambda score: score.worker_seconds),
    Measure("rebalances", "", lambda score: score.rebalances),
    Measure("partitions stopped by them", "partition-s", lambda score: score.pause_seconds),
    Measure("workers beyond the fewest that suffice", "workers", lambda score: score.overshoot),
    Measure("killed in flight", "pods", lambda score: score.killed),
    Measure("lost deliveries", "units", lambda score: score.lost, NEVER),
    Measure("lag at the end", "messages", lambda score: score.final_lag),
)


def lines_of(figure: str, ours: Score, peer: Score, peer_name: str) -> list[Line]:
    """Return a line for each measure, ours compared with a peer's."""
    return [
        Line(figure, each.what, each.unit, each.of(ours), each.of(peer), peer_name, target=each.target)
        for each in MEASURES
    ]


def cost_lines(figure: str, played: Sequence[TraceResult], peers: Sequence[Contender]) -> list[Line]:
    """Return a line for each peer that compares its cost with ours; the cheapest peer is the one to compare with."""
    ours = _cost(played, OURS.name)
    return [Line(figure, COST, "worker-s", ours, _cost(played, peer.name), peer.name) for peer in peers]


def _cost(played: Sequence[TraceResult], name: str) -> float:
    return sum(weigh(one.scores[name], one.trace.bounds.max) for one in played)


def summary_lines(figure: str, played: Sequence[TraceResult], peer: str) -> list[Line]:
    """Return the sums of the measures over traces, and the number of traces on which ours was at least as good."""
    cheaper = sum(_cost([one], OURS.name) < _cost([one], peer) for one in played)
    sooner = sum(one.scores[OURS.name].late_seconds <= one.scores[peer].late_seconds for one in played)
    of = f"of {len(played)} traces"
    return [
        *lines_of(figure, total(played, OURS.name), total(played, peer), peer),
        Line(figure, f"traces on which ours costs less than {peer}", of, cheaper, better=Better.MORE),
        Line(figure, f"traces on which ours is late no longer than {peer}", of, sooner, better=Better.MORE),
    ]


def build_lines(
    named: Sequence[TraceResult], mixed: Sequence[TraceResult], peers: Sequence[Contender], best: str
) -> list[Line]:
    """Return the whole table: totals first, then trace by trace.

    Args:
        named: the named traces, simulated with all peers.
        mixed: the random traces, simulated with the best peer only; may be empty.
        peers: all peers.
        best: the name of the peer to compare with.
    """
    lines = [*summary_lines("all named", named, best), *cost_lines("all named", named, peers)]
    if mixed:
        lines += summary_lines("all random", mixed, best)
        lines += cost_lines("all random", mixed, [peer for peer in peers if peer.name == best])
    for one in named:
        lines += lines_of(one.trace.name, one.scores[OURS.name], one.scores[best], best)
    return lines
