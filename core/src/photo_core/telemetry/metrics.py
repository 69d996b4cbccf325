"""The closed list of the platform's Prometheus metrics, in base units.

Served by `serve_metrics` on a port of its own that no Service makes public. The operator's own metrics stand in
photo_operator; it scrapes those marked here as read by it.
"""

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import Counter, Gauge, Histogram, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LATENCY_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
FANOUT_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

UPLOADS_STARTED = Counter("uploads_started_total", "Presigned uploads handed out.")
UPLOADS_COMPLETED = Counter("uploads_completed_total", "Uploads that became READY or FAILED.", ["state"])
UPLOAD_DURATION = Histogram("upload_duration_seconds", "From the presigned URL to READY.", buckets=FANOUT_BUCKETS)
IMAGE_PROCESSING_DURATION = Histogram(
    "image_processing_duration_seconds",
    "Decode, resize and store of one photograph.",
    buckets=FANOUT_BUCKETS,
)
MEDIA_STUCK = Gauge(
    "media_stuck",
    "Media of the whole platform that an encoder took minutes ago and did not finish; read by the operator.",
)
ENCODE_UNDER_WAY = Gauge(
    "encode_under_way_seconds", "For how long this encoder has been at the photograph that it has in hand; 0 for none."
)
DEGRADED_LEVEL = Gauge("degraded_level", "The degraded level that this pod obeys, 0 to 4.")
POLICY_REFUSALS = Counter(
    "policy_refusals_total",
    "Requests refused because the runtime policy says so, by problem: limited, uploads-paused or rate-limited.",
    ["problem"],
)
FEED_REQUESTS = Counter("feed_requests_total", "Feed pages answered, by mode.", ["mode"])
FEED_LATENCY = Histogram("feed_latency_seconds", "Time to answer a feed page.", buckets=LATENCY_BUCKETS)
FEED_CACHE_HITS = Counter("feed_cache_hits_total", "Feed reads that found a whole head in Redis.")
FEED_CACHE_MISSES = Counter("feed_cache_misses_total", "Feed reads that found none.")
POSTS_PER_FEED = Histogram("posts_per_feed", "Posts on an answered page.", buckets=(0, 1, 5, 10, 20, 50, 100))
FEED_REBUILDS = Counter("feed_rebuilds_total", "Feed heads rebuilt from timelines, by outcome.", ["outcome"])
FEED_REBUILDS_RUNNING = Gauge("feed_rebuilds_running", "Rebuilds in progress; read by the operator.")
FEED_REBUILD_SECONDS = Histogram(
    "feed_rebuild_seconds", "Time to make one feed whole before it is read.", buckets=FANOUT_BUCKETS
)
FEED_REBUILD_REMAINING = Gauge(
    "feed_rebuild_remaining",
    "Feeds of the whole platform that are planned to be made whole and are not yet; read by the operator.",
)
FEED_CACHE_FAILURES = Counter(
    "feed_cache_failures_total", "Calls to Redis that failed or timed out; read by the operator."
)
FEED_CACHE_BREAKER_OPEN = Gauge("feed_cache_breaker_open", "1 while this pod does not ask Redis; read by the operator.")
ENGINE_FAILURES = Counter(
    "engine_failures_total", "Calls to another engine that failed or timed out; read by the operator.", ["engine"]
)
ENGINE_BREAKER_OPEN = Gauge(
    "engine_breaker_open", "1 while this pod does not ask an engine; read by the operator.", ["engine"]
)
DATABASE_READ_SECONDS = Histogram(
    "database_read_seconds", "Time of one read of Cassandra; read by the operator.", buckets=LATENCY_BUCKETS
)
FEED_PAGES_WAITING = Gauge("feed_pages_waiting", "Pages that wait for timelines from Cassandra.")
FANOUT_LATENCY = Histogram(
    "fanout_latency_seconds", "From accepting a post to its last follower's feed.", buckets=FANOUT_BUCKETS
)
FANOUT_DELIVERIES = Counter("fanout_deliveries_total", "Post ids written into feeds.")
FANOUT_PLANNED = Gauge(
    "fanout_planned_last_minute", "Deliveries that this planner planned in the last minute; read by the operator."
)
FANOUT_PLANNED_OF_ONE = Gauge(
    "fanout_planned_last_minute_of_one",
    "Those of them that the author with the most caused; read by the operator.",
)
FANOUT_OLDEST = Gauge(
    "fanout_oldest_seconds",
    "Age of the oldest post among the ranges that this worker took last; 0 while it takes none.",
)
FANOUT_SKIPPED = Counter(
    "fanout_skipped_total", "Post ids not written into feeds, since their posts were too old and are pulled."
)
FANOUT_FAILURES = Counter("fanout_failures_total", "Fan-out batches that failed and are tried again.")
FANOUT_QUEUE_DEPTH = Gauge("fanout_queue_depth", "Followers in the batch under way in this worker.")
MESSAGES_HANDLED = Counter(
    "worker_messages_total",
    "Consumed messages by group and outcome: done, retry or dead.",
    ["group", "outcome"],
)
WORKER_BUSY = Counter(
    "worker_busy_seconds_total",
    "Time in which a worker handled messages and stored what came of them; what waits for an engine is not in it. Read "
    "by the operator.",
    ["group"],
)
WORKER_IN_FLIGHT = Gauge(
    "worker_in_flight_messages", "Messages that a worker has taken and not committed; read by the operator.", ["group"]
)
MEDIA_ANNOUNCED = Counter("media_announced_total", "Originals announced to the encoders; read by the operator.")
MEDIA_ANNOUNCED_BYTES = Counter("media_announced_bytes_total", "Their sizes; read by the operator.")
MEDIA_ENCODED = Counter("media_encoded_total", "Originals that this encoder decoded; read by the operator.")
MEDIA_ENCODED_BYTES = Counter("media_encoded_bytes_total", "Their sizes; read by the operator.")
OUTBOX_RELAYED = Counter("outbox_relayed_total", "Outbox records that the relay had to produce.")
PURGE_LATENCY = Histogram(
    "purge_latency_seconds",
    "From the deletion of a post or an account until a surface is cleared of it.",
    ["surface"],
    buckets=FANOUT_BUCKETS,
)
LIKES = Counter("likes_total", "Likes that became so; a repeated request is none.")
COMMENTS = Counter("comments_total", "Comments made.")
LIKE_LATENCY = Histogram("like_latency_seconds", "Time to answer a like or its removal.", buckets=LATENCY_BUCKETS)
COUNTER_UPDATE_LAG = Histogram(
    "counter_update_lag_seconds",
    "From a like or comment to the moment its post's counts hold it.",
    buckets=(*LATENCY_BUCKETS, 10, 30, 60, 300),
)
COUNTER_DRIFT = Histogram(
    "counter_drift",
    "Difference between a post's counted row and its membership rows, at each recount; 0 where nothing was lost.",
    buckets=(0, 1, 2, 5, 10, 100, 1000),
)
COUNTER_DRIFT_AGE = Gauge(
    "counter_drift_age_seconds",
    "Age of the oldest touched minute that was not counted again yet: no drift that is older is left.",
)
INTERACTIONS_UNANNOUNCED = Counter(
    "interactions_unannounced_total", "Events that Kafka did not acknowledge in time; the reconciler mends the counts."
)
HTTP_REQUESTS = Counter("http_requests_total", "Requests by route and status.", ["route", "status"])


def serve_metrics(port: int, alive: Callable[[], bool] = lambda: True) -> None:
    """Serve /metrics, and /healthz for the kubelet, from a thread of their own.

    Args:
        port: where to listen, on every address.
        alive: whether the process still turns; /healthz answers 503 when not.
    """
    server = make_server("", port, _application(alive), ThreadingWSGIServer, handler_class=_SilentHandler)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()


def _application(alive: Callable[[], bool]) -> "WSGIApplication":
    metrics: WSGIApplication = make_wsgi_app()

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/healthz":
            return metrics(environ, start_response)
        healthy = alive()
        start_response("200 OK" if healthy else "503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b"ok\n" if healthy else b"the loop of this process has not turned for too long\n"]

    return serve


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep the scrapes out of the logs."""
