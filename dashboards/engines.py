"""Engines: probes of the operator, and failures and latencies that pods see."""

from dashboards.parts import GREEN, PLATFORM, PODS, RED, THIRD, YELLOW, Board, Chart, Query, Section, Unit, states
from dashboards.queries import quantiles, rate

PROBES = Section(
    "Probes of the operator",
    (
        states(
            "Reachable engines",
            "Result of the operator's probe of each engine, with the platform's credentials.",
            Query(f"photoplatform_operator_engine_up{{{PLATFORM}}}", "{{engine}}"),
            GREEN,
            RED,
        ).wide(),
    ),
)
CALLS = Section(
    "Calls of the pods",
    (
        Chart(
            "Failed calls",
            "Calls per second that failed or timed out.",
            Unit.PER_SECOND,
            (
                Query(f"{rate('engine_failures_total', by='engine')} or vector(0)", "{{engine}}"),
                Query(rate("feed_cache_failures_total"), "redis"),
            ),
            limits=((1, RED),),
            width=THIRD,
        ),
        Chart(
            "Open circuit breakers",
            "Pods whose circuit breaker for an engine is open.",
            Unit.COUNT,
            (
                Query(f"sum by (engine) (engine_breaker_open{{{PODS}}}) or vector(0)", "{{engine}}"),
                Query(f"sum(feed_cache_breaker_open{{{PODS}}})", "redis"),
            ),
            limits=((1, RED),),
            width=THIRD,
        ),
        Chart(
            "Read latency of Cassandra",
            "Time of one read. At a 99th percentile above 500 ms DatabaseSlow fires.",
            Unit.SECONDS,
            quantiles("database_read_seconds"),
            limits=((0.1, YELLOW), (0.5, RED)),
            width=THIRD,
        ),
        Chart(
            "Messages by outcome",
            "Kafka messages that workers handled, retried or gave up.",
            Unit.PER_SECOND,
            (Query(rate("worker_messages_total", by="group, outcome"), "{{group}} {{outcome}}"),),
        ),
        Chart(
            "Events not produced in time",
            "Events that Kafka did not accept in time. The reconciler corrects the counts, and the outbox relay"
            " produces the posts.",
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
    "Probes of the operator, and failures and latencies that pods see.",
    (PROBES, CALLS),
)
