"""The demo: photographs, 5 authors, 500 followers, the loss of Redis and a burst of posts, narrated live.

Called by `python -m hack demo` on the platform of `make up`. It runs the scenarios that the end-to-end tests assert on,
and prints their measurements.
"""

import asyncio
import math
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hack.demo.photographs import photographs
from hack.scenarios.api import Person, PhotoApi
from hack.scenarios.burst import PostBurst, Sample, run_burst
from hack.scenarios.cluster import Cluster
from hack.scenarios.people import follow_all, register_all, seed_followers
from hack.scenarios.reading import reading
from hack.scenarios.redis_loss import Participants, RedisLoss, kill_redis, lose_redis

ROOT = Path(__file__).resolve().parents[2]
AUTHORS = ("ansel", "berenice", "cartier", "dorothea", "eve")
FOLLOWERS = 500
ORDINARY_AUDIENCE = 300  # below the sample's celebrityThreshold of 400; the first author has all 500
READERS = 5
BURST_AUTHORS = 4

console = Console(highlight=False, soft_wrap=True)


def chapter(title: str) -> None:
    """Print the title of a chapter."""
    console.rule(f"[bold]{title}", align="left")


async def people(api: PhotoApi) -> tuple[list[Person], list[Person]]:
    """Register the authors and their followers; the first author becomes a celebrity."""
    began = time.monotonic()
    authors = await register_all(api, AUTHORS)
    followers = await register_all(api, ["fan"] * FOLLOWERS)
    await follow_all(api, followers, authors[:1])
    await follow_all(api, followers[:ORDINARY_AUDIENCE], authors[1:])
    console.print(f"{len(authors)} authors, {len(followers)} followers in {time.monotonic() - began:.0f} s.")
    console.print(
        f"{authors[0].username} has {FOLLOWERS} followers: above celebrityThreshold, so feeds pull the posts."
    )
    return authors, followers


async def first_posts(api: PhotoApi, authors: list[Person], follower: Person) -> list[str]:
    """Upload one real photograph an author, post it, and wait until a follower sees all of them."""
    media = []
    for author, photo in zip(authors, photographs(), strict=False):
        began = time.monotonic()
        media.append(await api.ready_media(author, photo.read_bytes()))
        size = photo.stat().st_size / 1e6
        console.print(f"{author.username}: {photo.name} ({size:.1f} MB) READY after {time.monotonic() - began:.1f} s")
    began = time.monotonic()
    wanted = {(await api.post(a, m, "first light"))["post_id"] for a, m in zip(authors, media, strict=True)}
    async with asyncio.timeout(30):
        while not wanted <= set(await api.whole_feed(follower)):
            await asyncio.sleep(0.05)
    console.print(f"All {len(wanted)} posts are in the last follower's feed {time.monotonic() - began:.2f} s later.")
    return media


async def feed_latency(api: PhotoApi, followers: list[Person]) -> None:
    """Read feeds for five seconds and print the latency."""
    async with reading(api, followers[:READERS], pause=0.05) as tally:
        await asyncio.sleep(5)
    shown = f"p50 {tally.percentile(0.5) * 1000:.0f} ms, p99 {tally.percentile(0.99) * 1000:.0f} ms"
    console.print(f"{len(tally.seconds)} feed pages: {shown}, modes {dict(tally.modes)}, failed {len(tally.failures)}.")


def tell_redis(seen: RedisLoss) -> None:
    """Print the measurements of the loss of Redis."""
    table = Table(show_header=False)
    table.add_row("feed reads while Redis was lost", str(seen.reads))
    table.add_row("failed reads", str(len(seen.failures)))
    table.add_row("pulled after", f"{seen.pull_after:.1f} s")
    table.add_row("Redis ready again after", f"{seen.redis_ready_after:.1f} s")
    table.add_row("pushed again, after Redis was ready", f"{seen.push_after_return:.1f} s")
    table.add_row("missing posts", str(len(seen.missing_posts)))
    table.add_row("latency during all of it", f"p50 {seen.p50_ms:.0f} ms, p99 {seen.p99_ms:.0f} ms")
    console.print(table)
    console.print(f"What the operator did (kubectl get rbx -n photos {seen.execution['metadata']['name']} -o yaml):")
    for entry in seen.execution["status"].get("journal", []):
        console.print(f"  {entry['time']}  {entry['phase']:18} {entry['entry']}")


class BurstTeller:
    """Prints the state of the fan-out workers whenever it changes."""

    def __init__(self) -> None:
        self._printed: tuple[object, ...] = ()

    def tell(self, sample: Sample) -> None:
        """Print a sample if it differs from the last one."""
        seen = (sample.lag, sample.replicas, sample.desired, sample.explanation)
        if seen == self._printed:
            return
        self._printed = seen
        workers = f"lag {sample.lag:5d}  workers {sample.replicas}"
        console.print(f"  {sample.at:5.0f} s  {workers}  {sample.explanation}")


def tell_burst(seen: PostBurst) -> None:
    """Print the measurements of the burst."""
    console.print(
        f"{seen.posts} posts; {_describe_first_scale_up(seen)}, at most {seen.peak_replicas}, "
        f"drained after {seen.drained_after:.0f} s, back at the minimum after {seen.scaled_down_after:.0f} s."
    )


async def burst(api: PhotoApi, cluster: Cluster, photo: Path) -> None:
    """Post from several authors with bulk followers until one worker cannot keep up."""
    authors = []
    for _ in range(BURST_AUTHORS):
        author = await api.register("burst")
        await asyncio.to_thread(seed_followers, cluster, author, ORDINARY_AUDIENCE)
        authors.append((author, await api.ready_media(author, photo.read_bytes())))
    tell_burst(await run_burst(api, cluster, authors, BurstTeller().tell))


async def tell() -> None:
    """Play the whole story."""
    cluster = Cluster()
    api = PhotoApi((ROOT / ".local/api-url").read_text().strip())
    console.print("Follow along: kubectl --kubeconfig .local/kubeconfig -n photos get pp -w")
    try:
        chapter("1  People")
        authors, followers = await people(api)
        chapter("2  Photographs")
        # the planner goes through followers in the order of their ids
        last = max(followers[:ORDINARY_AUDIENCE], key=lambda follower: int(follower.user_id))
        media = await first_posts(api, authors, last)
        await feed_latency(api, followers)
        chapter("3  Every Redis pod is killed while feeds are read")
        participants = Participants(authors[1], media[1], followers[:READERS])
        tell_redis(await lose_redis(api, cluster, participants, kill_redis))
        chapter("4  A burst of posts")
        await burst(api, cluster, next(iter(photographs())))
    finally:
        await api.close()


def _describe_first_scale_up(seen: PostBurst) -> str:
    if math.isinf(seen.scaled_up_after):
        return "no worker was added, since one was enough"
    return f"first worker added after {seen.scaled_up_after:.0f} s"
