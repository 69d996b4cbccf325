"""Lists the traces in the order of the table; each contains a situation that scalers often handle badly.

They take half an hour each, 32 partitions, workers of 20 messages a second. `random_traces` adds 200 mixed ones.
"""

from bench.scaling import shapes
from bench.scaling.random_traces import RANDOM_TRACES
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

SECONDS = 1800

STEP = Trace("step", shapes.step(SECONDS, 40, 280, (300, 1200)), replicas=3)

NAMED: tuple[Trace, ...] = (
    STEP,
    Trace(
        "step, eager group",
        STEP.rates,
        group=build_group(GroupProtocol.EAGER),
        replicas=3,
    ),
    Trace(
        "step, cooperative group",
        STEP.rates,
        group=build_group(GroupProtocol.COOPERATIVE),
        replicas=3,
    ),
    Trace("ramp", shapes.ramp(SECONDS, 20, 280), replicas=2),
    Trace("sine day", shapes.day(SECONDS, 20, 280), replicas=2),
    Trace("World Cup spike", shapes.spike(SECONDS, 9, 30, at=400), replicas=1),
    # a sixth of a burst goes to one partition: more than its single consumer can process
    Trace(
        "hot partition",
        shapes.step(SECONDS, 60, 180, (300, 900)),
        weights=shapes.skewed(PARTITIONS, hot=7, share=0.16),
        replicas=4,
    ),
    # no number of workers can process its backlog (kedacore/keda#7516, #5906)
    Trace(
        "poison partition",
        shapes.steady(SECONDS, 100),
        faults=(Fault(FaultKind.STUCK_PARTITION, 300, 1200, value=5),),
        replicas=6,
    ),
    # just below and just above the capacity of five workers (kedacore/keda#1556)
    Trace("flapping around a threshold", shapes.flapping(SECONDS, 85, 115, period=60), replicas=6),
    Trace(
        "slow consumers",
        shapes.steady(SECONDS, 160),
        faults=(Fault(FaultKind.SLOW_CONSUMERS, 500, 1000, value=0.4),),
        replicas=9,
    ),
    Trace(
        "broker loss",
        shapes.steady(SECONDS, 160),
        faults=(Fault(FaultKind.BROKER_LOST_BUFFERED, 600, 660),),
        replicas=9,
    ),
    # arrivals double while offsets are unreadable; then wrong offsets are read (kedacore/keda#4098, #8056, #7239)
    Trace(
        "metric outage",
        shapes.step(SECONDS, 100, 200, (500, 1000)),
        faults=(
            Fault(FaultKind.OFFSETS_MISSING, 400, 700),
            Fault(FaultKind.OFFSETS_STALE, 1100, 1200),
            Fault(FaultKind.OFFSETS_NEGATIVE, 1300, 1320, value=1000),
            Fault(FaultKind.OFFSETS_ABSURD, 1500, 1520, value=10**9),
        ),
        replicas=6,
    ),
    # more arrives than the downstream can handle, and more workers achieve less (kedacore/keda#7092)
    Trace(
        "downstream limit",
        shapes.step(SECONDS, 120, 320, (400, 800)),
        downstream=Downstream(limit=260, contention=0.6),
        replicas=7,
    ),
    # jobs of 15 seconds, some longer than the grace period of a pod (kedacore/keda#6719, #2901, #3674)
    Trace(
        "long jobs",
        shapes.step(SECONDS, 0.2, 0.8, (300, 900)),
        service=Service(rate=1.0, batch_messages=1, work=Work(median=12.0, sigma=0.8, most=120.0)),
        drain_target_seconds=120,
        replicas=4,
    ),
)
TRACES: tuple[Trace, ...] = (*NAMED, *RANDOM_TRACES)
