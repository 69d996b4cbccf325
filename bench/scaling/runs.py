"""Simulates traces with several scalers and compares the scores. Pure.

Called by `command`. All scalers get the same arrivals.
"""

import math
from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from bench.scaling.contenders import OURS, PEERS, Contender
from bench.scaling.load import Load, build_load
from bench.scaling.scaler import FixedScaler
from bench.scaling.score import Score, add_up, weigh, with_fewest
from bench.scaling.simulation import play
from bench.scaling.world import Trace


class TraceResult(Struct, frozen=True):
    """A trace, and the score of each scaler by name."""

    trace: Trace
    scores: Mapping[str, Score]


def play_all(traces: Sequence[Trace], peers: Sequence[Contender] = PEERS) -> list[TraceResult]:
    """Simulate every trace with our scaler and all peers."""
    return [play_trace(trace, (OURS, *peers)) for trace in traces]


def play_trace(trace: Trace, contenders: Sequence[Contender]) -> TraceResult:
    """Simulate one trace with each scaler."""
    load = build_load(trace)
    fewest = fewest_sufficient(trace, load)
    scores = {
        contender.name: with_fewest(play(trace, contender.build(trace), load), fewest) for contender in contenders
    }
    return TraceResult(trace, scores)


def fewest_sufficient(trace: Trace, load: Load) -> int:
    """Return the fewest constant workers that are late for no longer than the maximum number of workers would be.

    Found by bisection, which assumes that more workers are never later. With an overloaded downstream the result may be
    too large.
    """
    low, high = trace.bounds.min, trace.bounds.max
    allowed = _late_with(trace, load, high, math.inf)
    while low < high:
        middle = (low + high) // 2
        if _late_with(trace, load, middle, allowed) <= allowed:
            high = middle
        else:
            low = middle + 1
    return low


def _late_with(trace: Trace, load: Load, replicas: int, patience: float) -> float:
    return play(structs.replace(trace, replicas=replicas), FixedScaler(replicas), load, patience).late_seconds


def total(played: Sequence[TraceResult], name: str) -> Score:
    """Return the sum of a scaler's scores over traces."""
    return add_up(one.scores[name] for one in played)


def best_peer(played: Sequence[TraceResult], peers: Sequence[Contender] = PEERS) -> Contender:
    """Return the peer with the lowest cost over all traces, with which ours is compared."""
    return min(peers, key=lambda peer: sum(weigh(one.scores[peer.name], one.trace.bounds.max) for one in played))
