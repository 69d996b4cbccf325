"""Results of benchmarks: lines of one table, and whether each meets its target. Pure.

Built by the figures, shown by `bench.report` and `bench.pictures`.
"""

from enum import StrEnum

from msgspec import Struct


class Better(StrEnum):
    """Whether a lower or a higher value is better."""

    LESS = "less"
    MORE = "more"


class Target(Struct, frozen=True):
    """What a line has to reach; a line whose target has no bound is only published.

    `times` is how many times better than the peer, `at_most` an absolute bound of our own value.
    """

    times: float | None = None
    at_most: float | None = None


class Line(Struct, frozen=True):
    """One line of the table; `peer` is None if there is no peer to compare with."""

    figure: str
    what: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str = ""
    better: Better = Better.LESS
    target: Target = Target()


PUBLISHED = Target()


def times_better(line: Line) -> float | None:
    """Return how many times better ours is than the peer's; None without a peer or at zero."""
    if line.peer is None:
        return None
    small, large = (line.ours, line.peer) if line.better is Better.LESS else (line.peer, line.ours)
    return large / small if small else None


def is_met(line: Line) -> bool | None:
    """Return whether every bound of the target is met, or None if it has no bound."""
    held = []
    if line.target.times is not None:
        held.append((times_better(line) or 0.0) >= line.target.times)
    if line.target.at_most is not None:
        held.append(line.ours <= line.target.at_most)
    return all(held) if held else None


def target_text(line: Line) -> str:
    """Return the target in words."""
    bounds = []
    if line.target.times is not None:
        bounds.append(f"{line.target.times:g}x")
    if line.target.at_most is not None:
        bounds.append(f"at most {line.target.at_most:g} {line.unit}")
    return " and ".join(bounds) or "published"
