"""Engines: what the operator's probes say, and what pods see of them."""

from dashboards.parts import GREEN, PLATFORM, PODS, RED, THIRD, WHOLE, YELLOW, Board, Chart, Look, Query, Section, Unit
from dashboards.queries import quantiles, rate

PROBES = Section(
    "As the operator sees them",
    (
        Chart(
            "Engines that answer",
            "The operator's probe of each engine, with its real credentials.",
            Unit.STATE,
            (Query(f"photoplatform_operator_engine_up{{{PLATFORM}}}", "{{engine}}"),),
            limits=((1, GREEN),),
            below=RED,
            look=Look.STATES,
            width=WHOLE,
        ),
    ),
)
CALLS = Section(
    "As pods see them",
    (
        Chart(
            "Calls that failed",
            "Failed or timed out, a second.",
            Unit.PER_SECOND,
            (
                Query(f"{rate('engine_failures_total', by='engine')} or vector(0)", "{{engine}}"),
                Query(rate("feed_cache_failures_total"), "redis"),
            ),
            limits=((1, RED),),
            width=THIRD,
        ),
        Chart(
            "Pods that do not ask",
            "Pods whose breaker of an engine is open.",
            Unit.COUNT,
            (
                Query(f"sum by (engine) (engine_breaker_open{{{PODS}}}) or vector(0)", "{{engine}}"),
                Query(f"sum(feed_cache_breaker_open{{{PODS}}})", "redis"),
            ),
            limits=((1, RED),),
            width=THIRD,
        ),
        Chart(
            "Reads of Cassandra",
            "Time of one read; a 99th percentile above 500 ms is DatabaseSlow.",
            Unit.SECONDS,
            quantiles("database_read_seconds"),
            limits=((0.1, YELLOW), (0.5, RED)),
            width=THIRD,
        ),
        Chart(
            "Messages by outcome",
            "Messages of Kafka that workers handled, tried again or gave up.",
            Unit.PER_SECOND,
            (Query(rate("worker_messages_total", by="group, outcome"), "{{group}} {{outcome}}"),),
        ),
        Chart(
            "Events that Kafka did not take in time",
            "Their counts are mended by the reconciler, their posts by the relay.",
            Unit.PER_SECOND,
            (
                Query(rate("interactions_unannounced_total"), "likes and comments"),
                Query(rate("outbox_relayed_total"), "posts"),
            ),
            limits=((1, YELLOW),),
        ),
    ),
)
BOARD = Board(
    "engines",
    "PhotoPlatform / Engines",
    "What the operator's probes say of the engines, and what pods see of them.",
    (PROBES, CALLS),
)
