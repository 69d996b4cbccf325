"""Scaling: inputs and decisions of the scaler, and the pods of all components."""

from dashboards.parts import PLATFORM, PODS, RED, THIRD, WHOLE, YELLOW, Board, Chart, Query, Section, Unit, states


def _of(metric: str) -> str:
    return f"max by (worker) (photoplatform_operator_worker_{metric}{{{PLATFORM}}})"


SCALED = Section(
    "Scaled workers",
    (
        Chart(
            "Workers",
            "Running pods, and the number that the lag alone would need.",
            Unit.COUNT,
            (
                Query(_of("replicas"), "{{worker}} running"),
                Query(_of("wanted_replicas"), "{{worker}} needed"),
            ),
        ),
        states(
            "Limiting factor",
            "What keeps the number of workers from what the lag needs: replicas.min or max, the number of partitions, a"
            " hot or stuck partition, the cost of a rebalance, a recent change, the wait before scaling down, missing"
            " metrics, feeds in pull mode, or another owner of the number.",
            Query(f"photoplatform_operator_worker_limited_by{{{PLATFORM}}}", "{{worker}}: {{limit}}"),
        ),
        Chart(
            "Decisions",
            "Changes of the number of workers by limiting factor, and changed conditions by reason; of all platforms,"
            " in the last hour.",
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
            "Lag",
            "Messages that are not committed.",
            Unit.COUNT,
            (Query(_of("lag"), "{{worker}}"),),
            width=THIRD,
        ),
        Chart(
            "Arrival and service",
            "Messages produced and committed per second. 0 until the lag was counted twice.",
            Unit.PER_SECOND,
            (
                Query(f"{_of('arrival_per_second')} or vector(0)", "{{worker}} arrival"),
                Query(f"{_of('service_per_second')} or vector(0)", "{{worker}} service"),
            ),
            width=THIRD,
        ),
        Chart(
            "Time to drain",
            "Time to work off the lag at the current speed; compare it with `drainTargetSeconds` of the spec. 0"
            " without lag.",
            Unit.SECONDS,
            (Query(f"{_of('drain_seconds')} or vector(0)", "{{worker}}"),),
            limits=((300, RED),),
            width=THIRD,
        ),
        Chart(
            "Capacity of one worker",
            "Messages per second that one busy worker processes, learned from the pods' reports. 0 while unknown.",
            Unit.PER_SECOND,
            (Query(f"{_of('per_worker_per_second')} or vector(0)", "{{worker}}"),),
            width=THIRD,
        ),
        Chart(
            "Utilisation",
            "Share of the time in which workers handle messages, averaged over the pods.",
            Unit.SHARE,
            (Query(f"avg by (group) (rate(worker_busy_seconds_total{{{PODS}}}[$__rate_interval]))", "{{group}}"),),
            limits=((0.95, YELLOW),),
            width=THIRD,
        ),
        Chart(
            "Messages in progress",
            "Messages that workers have received and not committed.",
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
            "Pods that Prometheus can scrape, by component.",
            Unit.COUNT,
            (Query(f"sum by (component) (up{{{PODS}}})", "{{component}}"),),
            width=THIRD,
        ),
        Chart(
            "CPU",
            "CPU cores that all pods of a component use together.",
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
    "Inputs and decisions of the scaler, and the pods of all components.",
    (SCALED, PODS_OF_ALL),
)
