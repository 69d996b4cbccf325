"""Figure: time from an accepted post until the last of 9,999 followers has it, through the whole pipeline.

Run by `bench.feed.run`. The platform's way is POST /v1/posts, Cassandra, Kafka, the planner, Kafka, fan-out workers;
the time starts with the timestamp in the post's id, before the post is stored. The peer's way is two inserts into
Cassandra, Kafka, and one consumer that reads the followers and writes sorted sets; the time starts before the inserts.
Each post is sent after the last follower has received the previous one.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import msgspec
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from bench import processes
from bench.arrivals import Watch
from bench.feed import platform, storing
from bench.feed.context import Bench
from bench.feed.filling import fill_heads, fill_zsets
from bench.feed.platform import Api
from bench.feed.storing import herald_followers, media_of
from bench.model import Line, Target
from bench.peers.pipeline import TOPIC, PeerPost
from bench.peers.redis_py_writer import zset_key
from bench.statistics import median, percentile
from bench.workloads import social
from bench.workloads.deliveries import account_id, post_id, post_ms
from bench.workloads.social import HERALD
from hack.steps import StepError, report, step
from photo_core.clock import SystemClock
from photo_core.domain.feed.layout import ID_BYTES, feed_key, pack_id
from photo_core.domain.ids import created_at_ms
from photo_core.engines.kafka import kafka_settings
from photo_core.engines.redis import redis_settings
from photo_core.streams.client import client_config

FANOUT_WORKERS = 2
CONSUMERS = 2
JOINED_SECONDS = 60.0  # the first post also waits until the consumer groups have formed
DELIVERED_SECONDS = 30.0
FIRST_PEER_POST = 10_000_000
CLOCK = SystemClock()


class Author:
    """Creates posts as the peer's API would: stores the post and its timeline entry, then produces the event."""

    def __init__(self, producer: Producer, topic: str, session: Any) -> None:
        self._producer = producer
        self._topic = topic
        self._session = session
        self._insert, self._enter = session.prepare(storing.POST), session.prepare(storing.TIMELINE)

    def post(self, number: int) -> None:
        """Create a post; returns when Kafka has acknowledged it."""
        post = social.build_post(number, HERALD)
        under_way = [
            self._session.execute_async(self._insert, storing.post_row(post)),
            self._session.execute_async(self._enter, (post.author_id, post.post_id, post.created_at_ms * 1000)),
        ]
        for future in under_way:
            future.result()
        event = PeerPost(post.post_id, post.author_id, post.created_at_ms)
        self._producer.produce(self._topic, msgspec.json.encode(event))
        self._producer.flush(DELIVERED_SECONDS)


def measure(bench: Bench) -> list[Line]:
    """Measure the delivery time of posts in both pipelines."""
    with step("fill the followers' feeds"):
        fill_heads(bench, herald_followers(bench))
        fill_zsets(bench.cluster, herald_followers(bench))
    peer = _peer(bench)
    ours = _ours(bench)
    followers = f"{bench.scale.pipeline_followers:,} followers"
    return [
        _line(f"post to {followers}, p50", median(ours), median(peer), Target(5, 150)),
        _line(f"post to {followers}, p99", percentile(ours, 0.99), percentile(peer, 0.99), Target(5, 500)),
    ]


def _line(what: str, ours: float, peer: float, target: Target) -> Line:
    return Line("pipeline", what, "ms", ours, peer, "one consumer, sorted sets", target=target)


def _ours(bench: Bench) -> list[float]:
    prefix = redis_settings(bench.source).key_prefix
    keys = [feed_key(prefix, account_id(number)) for number in herald_followers(bench)]
    with contextlib.ExitStack() as stack:
        serving = stack.enter_context(platform.api(bench))
        for name in ("fanout-planner", *["fanout"] * FANOUT_WORKERS):
            stack.enter_context(platform.worker(bench, name))
        watch = stack.enter_context(contextlib.closing(Watch(bench.cluster, [_last_id(key) for key in keys])))
        client = stack.enter_context(httpx.Client(headers=_authorization(bench, HERALD)))
        with step("the first post through the platform's pipeline"):
            _follow(watch, client, serving, JOINED_SECONDS)
        return _repeat(bench, "ours", lambda: _follow(watch, client, serving, DELIVERED_SECONDS))


def _last_id(key: bytes) -> tuple[bytes, ...]:
    return (b"GETRANGE", key, b"-%d" % ID_BYTES, b"-1")


def _authorization(bench: Bench, number: int) -> dict[str, str]:
    return {"Authorization": f"Bearer {platform.token(bench, number)}"}


def _follow(watch: Watch, client: httpx.Client, serving: Api, seconds: float) -> float:
    """Post, wait for the last follower, and return the milliseconds since the time in the post's id."""
    made = create_post(client, serving, HERALD)
    word = pack_id(made)
    watch.until(lambda replies: replies.count(word), seconds)
    return CLOCK.now_ms() - created_at_ms(made)


def create_post(client: httpx.Client, serving: Api, author: int) -> int:
    """Post an author's photograph and return the post's id."""
    answer = client.post(f"{serving.url}/v1/posts", json={"media_ids": [str(media_of(author))], "caption": "now"})
    if answer.status_code != 201:
        raise StepError("post", f"{answer.status_code} {answer.text}")
    return int(answer.json()["post_id"])


def _repeat(bench: Bench, who: str, follow: Callable[[], float]) -> list[float]:
    with step(f"{bench.scale.pipeline_posts} posts, one after the other: {who}"):
        found = [follow() for _ in range(bench.scale.pipeline_posts)]
    report(f"{who}: median {median(found):.0f} ms")
    return found


def _peer(bench: Bench) -> list[float]:
    keys = [zset_key(str(account_id(number))).encode() for number in herald_followers(bench)]
    posts = iter(range(FIRST_PEER_POST, 2 * FIRST_PEER_POST))
    with contextlib.ExitStack() as stack:
        author = stack.enter_context(_peer_author(bench))
        for _ in range(CONSUMERS):
            stack.enter_context(_consumer(bench))
        with step("the first post through the peer's pipeline"):
            _follow_peer(bench, keys, author, next(posts), JOINED_SECONDS)
        return _repeat(bench, "peer", lambda: _follow_peer(bench, keys, author, next(posts), DELIVERED_SECONDS))


@contextlib.contextmanager
def _consumer(bench: Bench) -> Iterator[None]:
    argv = [sys.executable, "-m", "bench.peers.pipeline"]
    with processes.running(argv, bench.environment, bench.folder / "peer-pipeline.log"):
        yield


@contextlib.contextmanager
def _peer_author(bench: Bench) -> Iterator[Author]:
    settings = kafka_settings(bench.source)
    configuration = client_config(settings, "bench")
    topic = NewTopic(f"{settings.prefix}{TOPIC}", num_partitions=CONSUMERS * 2, replication_factor=1)
    admin = AdminClient(configuration)
    for created in admin.create_topics([topic]).values():
        created.result()
    producer = Producer(configuration | {"acks": "all", "linger.ms": 0})
    with storing.session(bench) as session:
        yield Author(producer, f"{settings.prefix}{TOPIC}", session)


def _follow_peer(bench: Bench, keys: list[bytes], author: Author, number: int, seconds: float) -> float:
    """Post, wait for the last follower, and return the milliseconds since before the post was stored."""
    made = str(post_id(number)).encode()
    with contextlib.closing(Watch(bench.cluster, [(b"ZSCORE", key, made) for key in keys])) as watch:
        began = time.monotonic()
        author.post(number)
        score = b"\r\n%d\r\n" % post_ms(number)
        return (watch.until(lambda replies: replies.count(score), seconds) - began) * 1000
