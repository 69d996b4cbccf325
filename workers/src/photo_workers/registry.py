"""The one list of everything that runs in a worker pod; `photo-workers run <name>` runs one of them.

Names are the `app.kubernetes.io/component` of the Deployment that the operator makes. The module of a worker is
imported only when it is chosen, so that each process loads only the engines that it uses.

- The module of a `ConsumerWorker` has `open_handler(process: WorkerProcess)`, an asynchronous context manager that
  yields a `consume_loop.Handler`.
- The module of a `LoopWorker` has `async run(process: WorkerProcess) -> None`, which returns when told to drain.

How the operator deploys and scales a worker is in the record of the same name, in `photo_operator.components`.
"""

from dataclasses import dataclass

from photo_core.messages.topics import Group, Topic


@dataclass(frozen=True)
class ConsumerWorker:
    """A member of a consumer group; it gets at most `batch_limit` messages at a time."""

    name: str
    topic: Topic
    group: Group
    module: str
    batch_limit: int
    stalled_after_seconds: float = 30.0
    obeys_policy: bool = False  # then its Deployment may watch the runtime policy


@dataclass(frozen=True)
class LoopWorker:
    """A loop of its own, in no consumer group."""

    name: str
    module: str
    stalled_after_seconds: float = 30.0
    obeys_policy: bool = False


Worker = ConsumerWorker | LoopWorker

WORKERS: tuple[Worker, ...] = (
    ConsumerWorker(
        "fanout-planner",
        Topic.POSTS_CREATED,
        Group.FANOUT_PLANNER,
        "photo_workers.fanout_planner.handler",
        batch_limit=50,
        obeys_policy=True,
    ),
    ConsumerWorker(
        "fanout", Topic.FEED_FANOUT, Group.FANOUT_WORKERS, "photo_workers.fanout.handler", 64, obeys_policy=True
    ),
    ConsumerWorker(
        "interaction-counter",
        Topic.INTERACTIONS,
        Group.INTERACTION_COUNTER,
        "photo_workers.interaction_counter.handler",
        batch_limit=500,  # one read and one write for each post, however many messages concern it
    ),
    ConsumerWorker(
        "feed-rebuild",
        Topic.FEED_REBUILD,
        Group.FEED_REBUILD,
        "photo_workers.feed_rebuild.worker",
        batch_limit=1,  # a hundred feeds
        stalled_after_seconds=120.0,  # each feed may need hundreds of timelines
    ),
    ConsumerWorker(
        "media-ingest",
        Topic.S3_EVENTS,
        Group.MEDIA_INGEST,
        "photo_workers.media_ingest.handler",
        batch_limit=100,
        obeys_policy=True,
    ),
    ConsumerWorker(
        "image-encode",
        Topic.MEDIA_UPLOADED,
        Group.IMAGE_ENCODE,
        "photo_workers.image_encode.handler",
        batch_limit=4,  # a revoked partition waits for the batch
        stalled_after_seconds=300.0,  # a large photograph on a tenth of a core
        obeys_policy=True,
    ),
    ConsumerWorker(
        "purge",
        Topic.POSTS_DELETED,
        Group.PURGE,
        "photo_workers.purge.worker",
        batch_limit=16,
        stalled_after_seconds=300.0,  # a post with very many likes
    ),
    LoopWorker("outbox-relay", "photo_workers.outbox_relay"),
)


def by_name(name: str) -> Worker | None:
    """Return the worker of a name, or None."""
    return next((worker for worker in WORKERS if worker.name == name), None)
