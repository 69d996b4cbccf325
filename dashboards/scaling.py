"""Scaling: what the scaler saw, what it decided, and why it did not do more."""

from dashboards.parts import BLUE, CLEAR, PLATFORM, PODS, RED, THIRD, WHOLE, Board, Chart, Look, Query, Section, Unit

FANOUT = Section(
    "Fan-out workers",
    (
        Chart(
            "Workers",
            "How many there are, and how many the lag alone asks for.",
            Unit.COUNT,
            (
                Query(f"max(photoplatform_operator_fanout_replicas{{{PLATFORM}}})", "are"),
                Query(f"max(photoplatform_operator_fanout_wanted_replicas{{{PLATFORM}}})", "asked for"),
            ),
        ),
        Chart(
            "Why not another number",
            "What keeps the workers from what the lag asks for: a bound of the spec, the number of partitions, a move"
            " that has to settle, a calm that has to last, metrics that are missing, feeds that are pulled, somebody"
            " else.",
            Unit.STATE,
            (Query(f"photoplatform_operator_fanout_limited_by{{{PLATFORM}}}", "{{limit}}"),),
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
            (Query(f"max(photoplatform_operator_fanout_lag{{{PLATFORM}}})", "messages"),),
            width=THIRD,
        ),
        Chart(
            "Arrival and service",
            "Messages that come and messages that are done, a second; 0 until two counts were made.",
            Unit.PER_SECOND,
            (
                Query(f"max(photoplatform_operator_fanout_arrival_per_second{{{PLATFORM}}}) or vector(0)", "come"),
                Query(f"max(photoplatform_operator_fanout_service_per_second{{{PLATFORM}}}) or vector(0)", "done"),
            ),
            width=THIRD,
        ),
        Chart(
            "Time to drain",
            "How long the lag takes at the pace of now, against `drainTargetSeconds` of the spec; 0 without a lag.",
            Unit.SECONDS,
            (Query(f"max(photoplatform_operator_fanout_drain_seconds{{{PLATFORM}}}) or vector(0)", "drain"),),
            limits=((300, RED),),
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
    (FANOUT, PODS_OF_ALL),
)
