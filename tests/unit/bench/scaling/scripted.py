"""A scaler that does what it is told at given seconds, and small traces whose outcome can be counted by hand."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from bench.scaling.scaler import Decision, ScalerInputs
from bench.scaling.world import Arrivals, Bounds, Pods, Service, Trace

EVEN = Service(rate=10.0, spread=0.0, jitter=0.0, batch_messages=5)


class Scripted:
    """Wants the number of the latest second that has passed; keeps what it has seen."""

    name = "scripted"

    def __init__(self, script: Mapping[int, int], *, uses_deletion_cost: bool = False) -> None:
        self.uses_deletion_cost = uses_deletion_cost
        self.seen: list[ScalerInputs] = []
        self._script = script

    def poll(self, inputs: ScalerInputs) -> Decision:
        self.seen.append(inputs)
        passed = [second for second in self._script if second <= inputs.now]
        return Decision(self._script[max(passed)] if passed else inputs.replicas, 1.0)


BASE = Trace(
    "small",
    (),
    arrivals=Arrivals.EXACT,
    service=EVEN,
    pods=Pods(start_seconds=2.0, start_noise=0.0, grace_seconds=10.0),
    bounds=Bounds(1, 16),
    drain_target_seconds=10,
)


def small(rates: tuple[float, ...], partitions: int = 4, **changes: Any) -> Trace:
    """Return a trace with as many partitions, unless `weights` say otherwise."""
    return structs.replace(BASE, **{"rates": rates, "weights": (1.0,) * partitions, **changes})
