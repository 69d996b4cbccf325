"""Figure: feeds written for a post of an account with a million followers, and the latency of other readers.

Run by `bench.feed.run`. The celebrity posts every second while viewers, who all follow the celebrity, read pages at a
constant rate. The latency is compared with the same rate before. At the end each reader has to see the newest post.
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

from bench import load
from bench.feed import platform
from bench.feed.context import Bench
from bench.feed.pages import appends, readers, warm
from bench.feed.pipeline import create_post
from bench.feed.platform import Api
from bench.load import Attack, Request
from bench.model import Line, Target
from bench.workloads.social import CELEBRITY
from hack.steps import StepError, step, wait_until

RATE = 50  # pages per second; far below saturation, so that only the posts change the latency
POST_EVERY_SECONDS = 1.0
SEEN_BY = 20
SEEN_SECONDS = 30.0
BEFORE = "the same before"
OWN_FEED = 2  # the author's own feed, written by the API at once and by the fan-out again
UNMOVED = 0.8  # ratio to the latency before; an increase by a quarter is within the noise


def measure(bench: Bench) -> list[Line]:
    """Read pages before the posts, then while the celebrity posts."""
    with contextlib.ExitStack() as stack:
        serving = stack.enter_context(platform.api(bench))
        for name in ("fanout-planner", "fanout"):
            stack.enter_context(platform.worker(bench, name))
        requests = platform.page_requests(bench, serving, readers(bench))
        targets = load.save_targets(requests, bench.folder / "celebrity.json")
        warm(requests)
        with _client(bench) as client:
            newest = create_post(client, serving, CELEBRITY)  # opens the range from which on posts are pulled
            _wait_until_seen(requests[:SEEN_BY], newest)
            load.attack(targets, RATE, bench.scale.load_seconds)
            before = load.attack(targets, RATE, bench.scale.load_seconds)
            written = appends(bench)
            during, posts = _while_posting(bench, serving, client, targets)
            written = appends(bench) - written
            _wait_until_seen(requests[:SEEN_BY], posts[-1])
    return _lines(bench, before, during, written / len(posts))


@contextlib.contextmanager
def _client(bench: Bench) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {platform.token(bench, CELEBRITY)}"}
    with httpx.Client(headers=headers, timeout=30.0) as client:
        yield client


def _while_posting(bench: Bench, serving: Api, client: httpx.Client, targets: Path) -> tuple[Attack, list[int]]:
    """Read at the same rate while the celebrity posts, and return the ids of the posts."""
    posts: list[int] = []
    ended = threading.Event()

    def post() -> None:
        while not ended.wait(POST_EVERY_SECONDS):
            posts.append(create_post(client, serving, CELEBRITY))

    with step(f"read {RATE} pages a second while the celebrity posts"):
        author = threading.Thread(target=post)
        author.start()
        try:
            during = load.attack(targets, RATE, bench.scale.load_seconds)
        finally:
            ended.set()
            author.join()
    if not posts:
        raise StepError("post as the celebrity", "no post was created")
    return during, posts


def _wait_until_seen(requests: Sequence[Request], post_id: int) -> None:
    """Wait until the pages of all these readers contain the post."""

    def is_seen(request: Request) -> bool:
        answer = httpx.get(request.url, headers={name: values[0] for name, values in request.header.items()})
        return any(post["post_id"] == str(post_id) for post in answer.json()["posts"])

    wait_until(lambda: all(map(is_seen, requests)), SEEN_SECONDS, "the readers see the celebrity's post")


def _lines(bench: Bench, before: Attack, during: Attack, written: float) -> list[Line]:
    followers = bench.scale.celebrity_followers
    what = f"feeds written for a post with {followers:,} followers"
    unmoved = Target(times=UNMOVED)
    return [
        Line("celebrity", what, "feeds", written, followers, "all pushed", target=Target(at_most=OWN_FEED)),
        Line("celebrity", "p50 of others' pages", "ms", during.p50_ms, before.p50_ms, BEFORE, target=unmoved),
        Line("celebrity", "p99 of others' pages", "ms", during.p99_ms, before.p99_ms, BEFORE, target=unmoved),
        Line("celebrity", "requests that failed", "requests", before.failed + during.failed, target=Target(at_most=0)),
    ]
