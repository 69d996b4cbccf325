"""Feed and fan-out: feed pages, feed heads in Redis, delivery of posts, and counts of likes and comments."""

from dashboards.parts import GREEN, PLATFORM, PODS, RED, THIRD, YELLOW, Board, Chart, Query, Section, Unit
from dashboards.queries import mean, quantiles, rate

PAGES = Section(
    "Pages",
    (
        Chart(
            "Pages by mode",
            "Feed pages per second by feed mode.",
            Unit.REQUESTS,
            (Query(f"{rate('feed_requests_total', by='mode')} or vector(0)", "{{mode}}"),),
        ),
        Chart(
            "Latency of pages",
            "Time to answer a feed page. The objective is 99 % within 200 ms.",
            Unit.SECONDS,
            quantiles("feed_latency_seconds"),
            limits=((0.2, YELLOW), (0.5, RED)),
        ),
        Chart(
            "Cache hit rate",
            "Share of the feed reads that found a whole feed head in Redis. The minimum is 80 % over 15 minutes.",
            Unit.SHARE,
            (Query(f"feed:cache_hits:ratio_rate15m{{{PODS}}} or vector(1)", "found"),),
            limits=((0.8, GREEN),),
            below=RED,
            width=THIRD,
        ),
        Chart(
            "Posts on a page",
            "Average number of posts on a page; fewer at degraded levels.",
            Unit.COUNT,
            (Query(mean("posts_per_feed"), "posts"),),
            width=THIRD,
        ),
        Chart(
            "Waiting pages",
            "Pages in pull mode that wait for Cassandra.",
            Unit.COUNT,
            (Query(f"sum(feed_pages_waiting{{{PODS}}})", "pages"),),
            width=THIRD,
        ),
    ),
)
HEADS = Section(
    "Feed heads in Redis",
    (
        Chart(
            "Failures of Redis",
            "Failed calls of pods, and pods whose circuit breaker for Redis is open.",
            Unit.COUNT,
            (
                Query(rate("feed_cache_failures_total"), "failed calls per second"),
                Query(f"sum(feed_cache_breaker_open{{{PODS}}})", "pods with an open breaker"),
            ),
            limits=((1, RED),),
            width=THIRD,
        ),
        Chart(
            "Rebuilds",
            "Rebuilds of feed heads per second by outcome. Usually there are none.",
            Unit.PER_SECOND,
            (
                Query(f"{rate('feed_rebuilds_total', by='outcome')} or vector(0)", "{{outcome}}"),
                Query(f"sum(feed_rebuilds_running{{{PODS}}})", "running"),
            ),
            width=THIRD,
        ),
        Chart(
            "Feeds left to rebuild",
            "Lost feeds of active viewers that are not rebuilt yet.",
            Unit.COUNT,
            (Query(f"max(feed_rebuild_remaining{{{PODS}}})", "remaining"),),
            width=THIRD,
        ),
        Chart(
            "Time of a rebuild",
            "Time to rebuild one feed head, without waiting for its turn.",
            Unit.SECONDS,
            quantiles("feed_rebuild_seconds"),
            limits=((1, YELLOW),),
        ),
        Chart(
            "Deliveries in progress",
            "Followers in the batches that workers are writing.",
            Unit.COUNT,
            (Query(f"sum(fanout_queue_depth{{{PODS}}})", "followers"),),
        ),
    ),
)
FANOUT = Section(
    "Delivery of posts",
    (
        Chart(
            "Lag",
            "Messages of up to 500 followers each that are not committed. Above 2,000 an alert fires.",
            Unit.COUNT,
            (Query(f'max(photoplatform_operator_worker_lag{{{PLATFORM},worker="fanout"}})', "messages"),),
            limits=((2000, RED),),
        ),
        Chart(
            "Age of the oldest post in delivery",
            "Age of the oldest post among the messages that workers took last. The limit is 5 minutes.",
            Unit.SECONDS,
            (Query(f"max(fanout_oldest_seconds{{{PODS}}})", "oldest"),),
            limits=((300, RED),),
        ),
        Chart(
            "Deliveries",
            "Post ids written into feed heads, and deliveries that are left to readers because the post is too old.",
            Unit.PER_SECOND,
            (Query(rate("fanout_deliveries_total"), "written"), Query(rate("fanout_skipped_total"), "skipped")),
            width=THIRD,
        ),
        Chart(
            "Delivery time",
            "Time from accepting a post until it is in the feed of the last follower.",
            Unit.SECONDS,
            quantiles("fanout_latency_seconds"),
            limits=((30, YELLOW), (300, RED)),
            width=THIRD,
        ),
        Chart(
            "Share of one author",
            "Largest share of one author in the planned deliveries of the last minute. Above 50 %, at more than 1,000"
            " per second, CelebrityCascade fires.",
            Unit.SHARE,
            (Query(f"fanout:planned_of_one:ratio{{{PODS}}} or vector(0)", "share"),),
            limits=((0.5, RED),),
            width=THIRD,
        ),
        Chart(
            "Failed batches",
            "Batches of the fan-out workers that failed and are retried.",
            Unit.PER_SECOND,
            (Query(rate("fanout_failures_total"), "failed"),),
            width=THIRD,
        ),
        Chart(
            "Dead letters",
            "Messages moved to a dead letter topic, by consumer group.",
            Unit.PER_SECOND,
            (
                Query(
                    f'sum by (group) (rate(worker_messages_total{{{PODS}, outcome="dead"}}[$__rate_interval]))'
                    " or vector(0)",
                    "{{group}}",
                ),
            ),
            limits=((0.001, RED),),
            width=THIRD,
        ),
        Chart(
            "Events from the outbox relay",
            "Events that the API could not produce at once and the outbox relay produced later.",
            Unit.PER_SECOND,
            (Query(rate("outbox_relayed_total"), "records"),),
            width=THIRD,
        ),
    ),
)
COUNTS = Section(
    "Likes and comments",
    (
        Chart(
            "Likes and comments",
            "New likes and comments per second, without repeated requests.",
            Unit.PER_SECOND,
            (Query(rate("likes_total"), "likes"), Query(rate("comments_total"), "comments")),
            width=THIRD,
        ),
        Chart(
            "Counting delay",
            "Time from a like or comment until it is counted. The limit is 5 minutes.",
            Unit.SECONDS,
            quantiles("counter_update_lag_seconds"),
            limits=((300, RED),),
            width=THIRD,
        ),
        Chart(
            "Recount delay",
            "Age of the oldest changed post that has not been recounted. The limit is 15 minutes.",
            Unit.SECONDS,
            (Query(f"max(counter_drift_age_seconds{{{PODS}}})", "age"),),
            limits=((900, RED),),
            width=THIRD,
        ),
    ),
)
BOARD = Board(
    "feed",
    "PhotoPlatform / Feed and fan-out",
    "Feed pages, feed heads in Redis, and the delivery of posts to followers.",
    (PAGES, HEADS, FANOUT, COUNTS),
)
