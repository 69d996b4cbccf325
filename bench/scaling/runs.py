"""Plays traces with scalers and compares: the scores of ours and of the peer that is best on the whole. Pure.

Called by `command`. The same arrivals meet every scaler.
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


class Played(Struct, frozen=True):
    """One trace with the score of each scaler by its name."""

    trace: Trace
    scores: Mapping[str, Score]


def play_all(traces: Sequence[Trace], peers: Sequence[Contender] = PEERS) -> list[Played]:
    """Play every trace with ours and with the peers."""
    return [play_trace(trace, (OURS, *peers)) for trace in traces]


def play_trace(trace: Trace, contenders: Sequence[Contender]) -> Played:
    """Play one trace with each scaler."""
    load = build_load(trace)
    fewest = fewest_sufficient(trace, load)
    scores = {
        contender.name: with_fewest(play(trace, contender.build(trace), load), fewest) for contender in contenders
    }
    return Played(trace, scores)


def fewest_sufficient(trace: Trace, load: Load) -> int:
    """Return the fewest workers that, there from beginning to end, are late no longer than the most that are allowed.

    Found by halving, as if more workers never were later; where a downstream suffers from them it may be too many.
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


def total(played: Sequence[Played], name: str) -> Score:
    """Return a scaler's scores added up over traces."""
    return add_up(one.scores[name] for one in played)


def best_peer(played: Sequence[Played], peers: Sequence[Contender] = PEERS) -> Contender:
    """Return the peer that weighs least over all traces, which is whom ours is compared with."""
    return min(peers, key=lambda peer: sum(weigh(one.scores[peer.name], one.trace.bounds.max) for one in played))
