"""Lists the scalers that are compared: ours, and KEDA with an HPA by default and with several settings. Pure.

A tuned peer is given a fact that ours has to measure: the speed of one worker. Its lagThreshold is the lag that one
worker drains within the target, or a half or a third of it, so that it reacts before the target is exceeded.
"""

from collections.abc import Callable

from msgspec import Struct, structs

from bench.scaling.ours import OurScaler
from bench.scaling.peers.hpa import DEFAULT_BEHAVIOR, Behavior
from bench.scaling.peers.keda import ScaledObject, Trigger
from bench.scaling.peers.keda_hpa import KedaHpa, KedaSettings
from bench.scaling.scaler import Scaler
from bench.scaling.world import Trace


class Contender(Struct, frozen=True):
    """A scaler: its name, and the function that builds it for a trace."""

    name: str
    build: Callable[[Trace], Scaler]


class Tuning(Struct, frozen=True):
    """Settings of KEDA: the lagThreshold for a trace, the trigger, and the `behavior` of its HPA."""

    name: str
    threshold: Callable[[Trace], int]
    trigger: Trigger = Trigger()
    behavior: Behavior = DEFAULT_BEHAVIOR


def messages_in_time(trace: Trace, share: float) -> int:
    """Return the messages that one worker processes in a share of the drain target."""
    work = trace.service.work
    return max(1, round(trace.service.rate * trace.drain_target_seconds * share / work.median))


EVEN = Trigger(ensure_even_distribution_of_partitions=True)  # else some workers have one partition more than others
SOONER_DOWN = Behavior(DEFAULT_BEHAVIOR.up, structs.replace(DEFAULT_BEHAVIOR.down, stabilization_seconds=60.0))
TUNINGS: tuple[Tuning, ...] = (
    Tuning("KEDA, lagThreshold 10", lambda _: Trigger().lag_threshold),
    Tuning("KEDA, tuned to the target", lambda trace: messages_in_time(trace, 1)),
    Tuning("KEDA, tuned to 1/2 of it", lambda trace: messages_in_time(trace, 1 / 2)),
    Tuning("KEDA, tuned to 1/3 of it", lambda trace: messages_in_time(trace, 1 / 3)),
    Tuning("KEDA, 1/3, even", lambda trace: messages_in_time(trace, 1 / 3), EVEN),
    Tuning("KEDA, 1/3, 60 s down", lambda trace: messages_in_time(trace, 1 / 3), behavior=SOONER_DOWN),
)


def build_keda(tuning: Tuning, trace: Trace) -> KedaHpa:
    """Return KEDA with its settings for a trace."""
    trigger, bounds = structs.replace(tuning.trigger, lag_threshold=tuning.threshold(trace)), trace.bounds
    scaled = ScaledObject(min=bounds.min, max=bounds.max)
    return KedaHpa(KedaSettings(tuning.name, trigger, scaled, tuning.behavior))


def _contender(tuning: Tuning) -> Contender:
    return Contender(tuning.name, lambda trace: build_keda(tuning, trace))


OURS = Contender("ours", OurScaler)
PEERS: tuple[Contender, ...] = tuple(map(_contender, TUNINGS))
