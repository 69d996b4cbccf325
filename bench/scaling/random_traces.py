"""Two hundred random traces that combine the situations of the named ones; drawn from one seed. Pure.

Listed by `traces`. Each has one or two shapes of rates, randomly skewed keys, a group with a random protocol, and up to
two faults that begin after the scaler has observed normal operation.
"""

import random
from collections.abc import Callable, Sequence

from bench.scaling import shapes
from bench.scaling.world import (
    PARTITIONS,
    Downstream,
    Fault,
    FaultKind,
    GroupProtocol,
    Service,
    Trace,
    Work,
    build_group,
)

SEED = 20_261_129
COUNT = 200
SECONDS = 600
FIRST_FAULT, LAST_FAULT = 60, 480
# Limits of the peak load, relative to all workers and to one worker for the hottest partition: a trace that no scaler
# can handle would dominate the sums.
MOST_OF_ALL, MOST_OF_ONE = 0.7, 1.2

# Half of the groups use KIP-848, like the platform's.
PROTOCOLS = (GroupProtocol.KIP848, GroupProtocol.KIP848, GroupProtocol.COOPERATIVE, GroupProtocol.EAGER)
Chance = random.Random
COURSES: tuple[Callable[[Chance], shapes.Rates], ...] = (
    lambda chance: shapes.steady(SECONDS, chance.uniform(5, 250)),
    lambda chance: shapes.step(SECONDS, chance.uniform(5, 60), chance.uniform(80, 350), _interval(chance, 300)),
    lambda chance: shapes.ramp(SECONDS, chance.uniform(5, 60), chance.uniform(80, 350)),
    lambda chance: shapes.day(SECONDS, chance.uniform(5, 60), chance.uniform(80, 350), chance.uniform(0.5, 3)),
    lambda chance: shapes.spike(SECONDS, chance.uniform(4, 12), chance.uniform(10, 30), chance.randrange(60, 300)),
    lambda chance: shapes.flapping(
        SECONDS, chance.uniform(20, 120), chance.uniform(40, 200), chance.randrange(10, 120)
    ),
)
WEIGHTS: tuple[Callable[[Chance], shapes.Rates], ...] = (
    lambda _: shapes.steady(PARTITIONS, 1.0),
    lambda chance: shapes.skewed(PARTITIONS, chance.randrange(PARTITIONS), chance.uniform(0.05, 0.15)),
    lambda chance: shapes.zipf(PARTITIONS, chance.uniform(0.2, 0.6)),
)
SERVICES: tuple[Callable[[Chance], Service], ...] = (
    lambda _: Service(),
    lambda chance: Service(rate=chance.uniform(15, 30), spread=chance.uniform(0, 0.1), jitter=chance.uniform(0, 0.3)),
    lambda chance: Service(rate=20.0, batch_messages=20, work=Work(0.7, chance.uniform(0.3, 1.2), most=200.0)),
)
FAULTS: tuple[Callable[[Chance], Fault], ...] = (
    lambda chance: _fault(chance, FaultKind.SLOW_CONSUMERS, 200, chance.uniform(0.3, 0.8)),
    lambda chance: _fault(chance, FaultKind.STUCK_PARTITION, 250, chance.randrange(PARTITIONS)),
    lambda chance: _fault(chance, FaultKind.BROKER_LOST_BUFFERED, 40, 0),
    lambda chance: _fault(chance, FaultKind.BROKER_LOST_REFUSED, 40, 0),
    lambda chance: _fault(chance, FaultKind.OFFSETS_MISSING, 120, 0),
    lambda chance: _fault(chance, FaultKind.OFFSETS_STALE, 90, 0),
    lambda chance: _fault(chance, FaultKind.OFFSETS_NEGATIVE, 20, chance.randrange(10, 10_000)),
    lambda chance: _fault(chance, FaultKind.OFFSETS_ABSURD, 20, chance.randrange(10_000, 10**9)),
)


def _interval(chance: Chance, longest: int) -> tuple[int, int]:
    begin = chance.randrange(FIRST_FAULT, LAST_FAULT)
    return begin, begin + chance.randrange(longest // 5, longest)


def _fault(chance: Chance, kind: FaultKind, longest: int, value: float) -> Fault:
    begin, end = _interval(chance, longest)
    return Fault(kind, begin, min(end, SECONDS - 1), value)


def build_random_trace(number: int, chance: Chance) -> Trace:
    """Draw one trace."""
    courses = [chance.choice(COURSES)(chance) for _ in range(chance.choice((1, 1, 2)))]
    service, weights = chance.choice(SERVICES)(chance), chance.choice(WEIGHTS)(chance)
    rates = carried(courses[0] if len(courses) == 1 else shapes.add(*courses), weights, service)
    return Trace(
        f"random {number}",
        rates,
        weights=weights,
        service=service,
        downstream=_downstream(chance, max(rates) * service.work.mean),
        group=build_group(chance.choice(PROTOCOLS)),
        faults=tuple(chance.choice(FAULTS)(chance) for _ in range(chance.choice((0, 1, 1, 2)))),
        drain_target_seconds=chance.choice((10, 30, 30, 60)),
        replicas=1 + int(rates[0] * service.work.mean / service.rate),
        seed=number,
    )


def carried(rates: shapes.Rates, weights: shapes.Rates, service: Service) -> shapes.Rates:
    """Return the rates, scaled down so that workers can handle their peak."""
    each = service.rate / service.work.mean
    hottest = max(weights) / sum(weights)
    most = min(MOST_OF_ALL * PARTITIONS * each, MOST_OF_ONE * each / hottest)
    return tuple(rate * min(1.0, most / max(rates)) for rate in rates)


def _downstream(chance: Chance, peak: float) -> Downstream:
    """Return, in one of five cases, a downstream that a backlog on top of this peak overloads."""
    if chance.random() < 0.8:
        return Downstream()
    return Downstream(limit=peak * chance.uniform(0.9, 1.5), contention=chance.uniform(0, 0.6))


def build_random_traces(count: int, seed: int) -> Sequence[Trace]:
    """Draw several traces."""
    chance = random.Random(seed)
    return [build_random_trace(number, chance) for number in range(1, count + 1)]


RANDOM_TRACES: tuple[Trace, ...] = tuple(build_random_traces(COUNT, SEED))
