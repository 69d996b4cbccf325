"""Feeds: how pages are answered, what Redis holds, how posts reach followers, and the counts under them."""

from dashboards.parts import GREEN, PLATFORM, PODS, RED, THIRD, YELLOW, Board, Chart, Query, Section, Unit
from dashboards.queries import mean, quantiles, rate

PAGES = Section(
    "Pages",
    (
        Chart(
            "Pages by mode",
            "Feed pages a second by how they were made.",
            Unit.REQUESTS,
            (Query(f"{rate('feed_requests_total', by='mode')} or vector(0)", "{{mode}}"),),
        ),
        Chart(
            "Time to answer",
            "The promise is 99 % within 200 ms.",
            Unit.SECONDS,
            quantiles("feed_latency_seconds"),
            limits=((0.2, YELLOW), (0.5, RED)),
        ),
        Chart(
            "Whole heads found",
            "Share of the reads of Redis that found a whole head; 80 % over 15 minutes are the least.",
            Unit.SHARE,
            (Query(f"feed:cache_hits:ratio_rate15m{{{PODS}}} or vector(1)", "found"),),
            limits=((0.8, GREEN),),
            below=RED,
            width=THIRD,
        ),
        Chart(
            "Posts on a page",
            "How full pages are; smaller at degraded levels.",
            Unit.COUNT,
            (Query(mean("posts_per_feed"), "posts"),),
            width=THIRD,
        ),
        Chart(
            "Pages that wait for timelines",
            "Pages in the pull model that queue for Cassandra.",
            Unit.COUNT,
            (Query(f"sum(feed_pages_waiting{{{PODS}}})", "pages"),),
            width=THIRD,
        ),
    ),
)
HEADS = Section(
    "Heads in Redis",
    (
        Chart(
            "Redis, as pods see it",
            "Calls that failed, and pods that do not ask Redis for a while.",
            Unit.COUNT,
            (
                Query(rate("feed_cache_failures_total"), "failed calls a second"),
                Query(f"sum(feed_cache_breaker_open{{{PODS}}})", "pods that do not ask"),
            ),
            limits=((1, RED),),
            width=THIRD,
        ),
        Chart(
            "Heads made whole",
            "Rebuilds a second by outcome; none in a calm platform.",
            Unit.PER_SECOND,
            (
                Query(f"{rate('feed_rebuilds_total', by='outcome')} or vector(0)", "{{outcome}}"),
                Query(f"sum(feed_rebuilds_running{{{PODS}}})", "running"),
            ),
            width=THIRD,
        ),
        Chart(
            "Heads to be made whole",
            "Feeds of active viewers that were lost and are not whole yet.",
            Unit.COUNT,
            (Query(f"max(feed_rebuild_remaining{{{PODS}}})", "remaining"),),
            width=THIRD,
        ),
        Chart(
            "Time to make one whole",
            "Of the work itself, without waiting for its turn.",
            Unit.SECONDS,
            quantiles("feed_rebuild_seconds"),
            limits=((1, YELLOW),),
        ),
        Chart(
            "Followers in hand",
            "Followers in the batches that workers are writing now.",
            Unit.COUNT,
            (Query(f"sum(fanout_queue_depth{{{PODS}}})", "followers"),),
        ),
    ),
)
FANOUT = Section(
    "From a post to its followers",
    (
        Chart(
            "What waits",
            "Messages of up to 500 followers that no worker has committed; a million deliveries call for a ticket.",
            Unit.COUNT,
            (Query(f'max(photoplatform_operator_worker_lag{{{PLATFORM},worker="fanout"}})', "messages"),),
            limits=((2000, RED),),
        ),
        Chart(
            "Age of what is delivered",
            "Of the oldest post among the ranges that workers took last; five minutes are the limit.",
            Unit.SECONDS,
            (Query(f"max(fanout_oldest_seconds{{{PODS}}})", "oldest"),),
            limits=((300, RED),),
        ),
        Chart(
            "Deliveries",
            "Post ids written into feeds, and those left to be pulled since their posts were too old.",
            Unit.PER_SECOND,
            (Query(rate("fanout_deliveries_total"), "written"), Query(rate("fanout_skipped_total"), "skipped")),
            width=THIRD,
        ),
        Chart(
            "Time to the last follower",
            "From accepting a post until it is in its last follower's feed.",
            Unit.SECONDS,
            quantiles("fanout_latency_seconds"),
            limits=((30, YELLOW), (300, RED)),
            width=THIRD,
        ),
        Chart(
            "One author's share",
            "Of the last minute's planned deliveries; above a half, at 1,000 a second, it is a cascade.",
            Unit.SHARE,
            (Query(f"fanout:planned_of_one:ratio{{{PODS}}} or vector(0)", "share"),),
            limits=((0.5, RED),),
            width=THIRD,
        ),
        Chart(
            "Batches that failed",
            "Tried again by their worker.",
            Unit.PER_SECOND,
            (Query(rate("fanout_failures_total"), "failed"),),
            width=THIRD,
        ),
        Chart(
            "Messages given up",
            "Dead letters by consumer group; they wait with their reasons.",
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
            "Produced by the relay",
            "Outbox records that were not produced at once.",
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
            "Those that became so; a repeated request is none.",
            Unit.PER_SECOND,
            (Query(rate("likes_total"), "likes"), Query(rate("comments_total"), "comments")),
            width=THIRD,
        ),
        Chart(
            "Time until they are counted",
            "From a like or comment until its post's counts hold it; five minutes are the limit.",
            Unit.SECONDS,
            quantiles("counter_update_lag_seconds"),
            limits=((300, RED),),
            width=THIRD,
        ),
        Chart(
            "Oldest touch that was not counted again",
            "No drift that is older is left.",
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
    "How pages are answered, what Redis holds, and how posts reach followers.",
    (PAGES, HEADS, FANOUT, COUNTS),
)
