"""Runs the platform's fan-out writer as a separate process, like the peers' writers.

Run as `python -m bench.feed.writer once <workload>` by `bench.feed.deliveries`, and as `... paced <workload> <rate>` by
`bench.feed.pages`, which repeats the workload at a constant rate until it is ended. Both
call the `FeedCache` of the fan-out worker; "once" passes the batches that this worker takes from a backlog.
"""

import asyncio
import itertools
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Sequence

from bench.peers.writing import timed, workload
from bench.workloads.deliveries import Delivery, chunks
from photo_core.engines.redis import redis_settings
from photo_core.settings import feed_settings, process_source
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.feeds import RedisFeedCache

BATCH = 64  # messages that the fan-out worker takes at once from a backlog
PACED_GROUP = 1_000  # deliveries at once without a backlog
IN_FLIGHT = 4
Group = dict[int, list[int]]


def batches(deliveries: Sequence[Delivery]) -> list[Group]:
    """Group messages as the worker does with a backlog."""
    return [_by_post(some) for some in chunks(deliveries, BATCH)]


def groups(deliveries: Sequence[Delivery]) -> list[Group]:
    """Group messages until a group has a thousand deliveries."""
    made: list[list[Delivery]] = [[]]
    for delivery in deliveries:
        if sum(len(one.followers) for one in made[-1]) >= PACED_GROUP:
            made.append([])
        made[-1].append(delivery)
    return [_by_post(some) for some in made]


def _by_post(deliveries: Sequence[Delivery]) -> Group:
    group: Group = defaultdict(list)
    for delivery in deliveries:
        group[int(delivery.post_id)].extend(map(int, delivery.followers))
    return dict(group)


async def _once(feeds: RedisFeedCache, wanted: Sequence[Group]) -> int:
    for group in wanted:
        await feeds.append_many(group)
    return sum(len(followers) for group in wanted for followers in group.values())


async def _paced(feeds: RedisFeedCache, wanted: Sequence[Group], per_second: int) -> int:
    """Write each group at its scheduled time until SIGTERM; a late group is written at once."""
    due = time.monotonic()
    delivered = 0
    waiting: set[asyncio.Task[None]] = set()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    for group in itertools.cycle(wanted):
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if ended.is_set():
            break
        waiting.add(task := asyncio.create_task(feeds.append_many(group)))
        task.add_done_callback(waiting.discard)
        deliveries = sum(map(len, group.values()))
        delivered += deliveries
        due += deliveries / per_second
        if len(waiting) >= IN_FLIGHT:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    return delivered


async def _run(how: str, path: str, rate: Sequence[str]) -> None:
    source = process_source()
    settings = redis_settings(source)
    client = RedisClusterClient(settings)
    feeds = RedisFeedCache(client, settings.key_prefix, feed_settings(source))
    deliveries = workload(path)
    wanted = batches(deliveries) if how == "once" else groups(deliveries)
    await feeds.probe()
    try:
        await timed(lambda: _once(feeds, wanted) if how == "once" else _paced(feeds, wanted, int(rate[0])))
    finally:
        await client.close()


def main() -> None:
    """Write a workload once, or at a constant rate until SIGTERM."""
    how, path, *rate = sys.argv[1:]
    asyncio.run(_run(how, path, rate))


if __name__ == "__main__":
    main()
