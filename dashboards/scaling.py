"""Scaling: what the scaler saw, what it decided, and why it did not do more."""

from dashboards.parts import (
    BLUE,
    CLEAR,
    PLATFORM,
    PODS,
    RED,
    THIRD,
    WHOLE,
    YELLOW,
    Board,
    Chart,
    Look,
    Query,
    Section,
    Unit,
)


def _of(metric: str) -> str:
    return f"max by (worker) (photoplatform_operator_worker_{metric}{{{PLATFORM}}})"


SCALED = Section(
    "Scaled workers",
    (
        Chart(
            "Workers",
            "How many there are, and how many the lag alone asks for: the decision beside reality.",
            Unit.COUNT,
            (
                Query(_of("replicas"), "{{worker}} are"),
                Query(_of("wanted_replicas"), "{{worker}} asked for"),
            ),
        ),
        Chart(
            "Why not another number",
            "What keeps the workers from what the lag asks for: a bound of the spec, the number of partitions, one hot"
            " or stuck partition, a rebalance that would cost more than it gains, a move that has to settle, a calm"
            " that has to last, metrics that are missing, feeds that are pulled, somebody else.",
            Unit.STATE,
            (Query(f"photoplatform_operator_worker_limited_by{{{PLATFORM}}}", "{{worker}}: {{limit}}"),),
            limits=((1, BLUE),),
            below=CLEAR,
            look=Look.STATES,
        ),
        Chart(
            "Decisions",
            "Moves of the last hour by what limited them, and conditions that turned, by reason; of all platforms.",
            Unit.COUNT,
            (
                Query(
                    'sum by (subject, reason) (increase(photoplatform_operator_decisions_total{area="scaling"}[1h]))'
                    " or vector(0)",
                    "{{subject}} {{reason}}",
                ),
                Query(
                    'sum by (subject, reason) (increase(photoplatform_operator_decisions_total{area="condition"}[1h]))'
                    " or vector(0)",
                    "{{subject}} {{reason}}",
                ),
            ),
            width=WHOLE,
        ),
        Chart(
            "What waits",
            "Messages that no worker has committed.",
            Unit.COUNT,
            (Query(_of("lag"), "{{worker}}"),),
            width=THIRD,
        ),
        Chart(
            "Arrival and service",
            "Messages that come and messages that are done, a second; 0 until two counts were made.",
            Unit.PER_SECOND,
            (
                Query(f"{_of('arrival_per_second')} or vector(0)", "{{worker}} come"),
                Query(f"{_of('service_per_second')} or vector(0)", "{{worker}} done"),
            ),
            width=THIRD,
        ),
        Chart(
            "Time to drain",
            "How long the lag takes at the pace of now, against `drainTargetSeconds` of the spec; 0 without a lag.",
            Unit.SECONDS,
            (Query(f"{_of('drain_seconds')} or vector(0)", "{{worker}}"),),
            limits=((300, RED),),
            width=THIRD,
        ),
        Chart(
            "What one worker does",
            "Messages that one worker does in a busy second, as learned from their reports; 0 until it is known.",
            Unit.PER_SECOND,
            (Query(f"{_of('per_worker_per_second')} or vector(0)", "{{worker}}"),),
            width=THIRD,
        ),
        Chart(
            "Busy",
            "The part of the time in which a worker handles messages, on average over its pods.",
            Unit.SHARE,
            (Query(f"avg by (group) (rate(worker_busy_seconds_total{{{PODS}}}[$__rate_interval]))", "{{group}}"),),
            limits=((0.95, YELLOW),),
            width=THIRD,
        ),
        Chart(
            "In hand",
            "Messages that workers have taken and not committed.",
            Unit.COUNT,
            (Query(f"sum by (group) (worker_in_flight_messages{{{PODS}}})", "{{group}}"),),
            width=THIRD,
        ),
    ),
)
PODS_OF_ALL = Section(
    "Pods",
    (
        Chart(
            "Pods",
            "Pods that Prometheus reaches, by component.",
            Unit.COUNT,
            (Query(f"sum by (component) (up{{{PODS}}})", "{{component}}"),),
            width=THIRD,
        ),
        Chart(
            "Processors",
            "Processors that the pods of a component use together.",
            Unit.COUNT,
            (
                Query(
                    f"sum by (component) (rate(process_cpu_seconds_total{{{PODS}}}[$__rate_interval]))",
                    "{{component}}",
                ),
            ),
            width=THIRD,
        ),
        Chart(
            "Memory of the largest pod",
            "Resident memory, by component.",
            Unit.BYTES,
            (Query(f"max by (component) (process_resident_memory_bytes{{{PODS}}})", "{{component}}"),),
            width=THIRD,
        ),
    ),
)
BOARD = Board(
    "scaling",
    "PhotoPlatform / Scaling",
    "What the scaler saw, what it decided, and why it did not do more.",
    (SCALED, PODS_OF_ALL),
)
