"""A burst of posts through the API: the operator adds fan-out workers if one is not enough, and removes them later.

Used by the demo. Followers are seeded in bulk.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hack.scenarios.api import Person, PhotoApi
from hack.scenarios.cluster import Cluster, Json

ENOUGH_LAG_SECONDS = 30  # the burst ends when one worker would need this long for the backlog
MAX_BURST_SECONDS = 45
STATUS_DELAY_SECONDS = 5  # until the status shows a change


@dataclass(frozen=True)
class Sample:
    """The fan-out workers at one moment, `at` seconds after the burst began."""

    at: float
    replicas: int
    desired: int
    lag: int
    drain_seconds: float
    explanation: str


@dataclass(frozen=True)
class PostBurst:
    """Measurements of a burst. Times are seconds after its start, infinite for events that did not happen."""

    posts: int
    samples: list[Sample]
    scaled_up_after: float
    peak_replicas: int
    drained_after: float
    scaled_down_after: float


def _sample(began: float, fanout: Json) -> Sample:
    return Sample(
        at=time.monotonic() - began,
        replicas=int(fanout.get("replicas", 0)),
        desired=int(fanout.get("desired", 0)),
        lag=int(fanout.get("lag", 0)),
        drain_seconds=float(fanout.get("drainSeconds", 0)),
        explanation=str(fanout.get("explanation", "")),
    )


async def _post_share(api: PhotoApi, author: Person, media_id: str, stop: asyncio.Event) -> int:
    posted = 0
    while not stop.is_set():
        await api.post(author, media_id, f"burst {posted}")
        posted += 1
    return posted


async def run_burst(
    api: PhotoApi,
    cluster: Cluster,
    authors: Sequence[tuple[Person, str]],
    tell: Callable[[Sample], None],
    deadline: float = 300.0,
) -> PostBurst:
    """Post from all authors until one worker would need 30 s for the backlog, or for 45 s; watch until scaled down."""
    began, samples, stop = time.monotonic(), [], asyncio.Event()
    least = int((await asyncio.to_thread(cluster.fanout_status)).get("replicas", 1))
    posting = [asyncio.create_task(_post_share(api, author, media, stop)) for author, media in authors]
    up = drained = down = None
    while down is None and time.monotonic() - began < deadline:
        sample = _sample(began, await asyncio.to_thread(cluster.fanout_status))
        samples.append(sample)
        tell(sample)
        if sample.desired > least and up is None:
            up = sample.at
        # Before the first worker is added, the rate may be unknown and the time to drain meaningless.
        if (up and sample.drain_seconds * sample.replicas >= ENOUGH_LAG_SECONDS) or sample.at > MAX_BURST_SECONDS:
            stop.set()
        if stop.is_set() and sample.lag == 0:
            drained = drained or sample.at
        # If one worker keeps up, the status needs a moment to show it.
        if drained and sample.replicas <= least and sample.at > drained + STATUS_DELAY_SECONDS:
            down = sample.at
        await asyncio.sleep(1)
    stop.set()
    posted = sum(await asyncio.gather(*posting))
    never = float("inf")
    return PostBurst(
        posts=posted,
        samples=samples,
        scaled_up_after=up or never,
        peak_replicas=max(sample.replicas for sample in samples),
        drained_after=drained or never,
        scaled_down_after=down or never,
    )
