"""The platform's own fan-out writer, as a process of its own beside the peers'.

Run as `python -m bench.feed.writer once <workload>` by `bench.feed.deliveries`, and as `... paced <workload> <rate>` by
`bench.feed.pages`, which writes the workload again and again at so many deliveries a second until it is ended. Both
call the `FeedCache` of the fan-out worker, with as many deliveries under way as that has.
"""

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence

from bench.peers.writing import timed, workload
from bench.workloads.deliveries import Delivery
from photo_core.settings import feed_settings, process_source, redis_settings
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.feeds import RedisFeedCache

GROUP = 1_000  # deliveries handed over at once, as the peers' pipelines have
IN_FLIGHT = 4  # as the fan-out worker has
Group = dict[int, list[int]]


def groups(deliveries: Sequence[Delivery]) -> Iterator[Group]:
    """Gather posts with their followers until there are a thousand deliveries."""
    group: Group = defaultdict(list)
    count = 0
    for delivery in deliveries:
        group[int(delivery.post_id)].extend(map(int, delivery.followers))
        count += len(delivery.followers)
        if count >= GROUP:
            yield dict(group)
            group.clear()
            count = 0
    if group:
        yield dict(group)


async def _drain(feeds: RedisFeedCache, waiting: Iterator[Group]) -> None:
    for group in waiting:
        await feeds.append_many(group)


async def _once(feeds: RedisFeedCache, wanted: Sequence[Group]) -> int:
    waiting = iter(wanted)
    await asyncio.gather(*(_drain(feeds, waiting) for _ in range(IN_FLIGHT)))
    return sum(len(followers) for group in wanted for followers in group.values())


async def _paced(feeds: RedisFeedCache, wanted: Sequence[Group], per_second: int) -> None:
    """Begin each group when its time has come, for ever; one that is late is begun at once."""
    due = time.monotonic()
    waiting: set[asyncio.Task[None]] = set()
    while True:
        for group in wanted:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            waiting.add(task := asyncio.create_task(feeds.append_many(group)))
            task.add_done_callback(waiting.discard)
            due += sum(map(len, group.values())) / per_second
            if len(waiting) >= IN_FLIGHT:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)


async def _run(how: str, path: str, rate: Sequence[str]) -> None:
    source = process_source()
    settings = redis_settings(source)
    client = RedisClusterClient(settings)
    feeds = RedisFeedCache(client, settings.key_prefix, feed_settings(source))
    wanted = list(groups(workload(path)))
    await feeds.probe()
    try:
        if how == "once":
            await timed(lambda: _once(feeds, wanted))
        else:
            await _paced(feeds, wanted, int(rate[0]))
    finally:
        await client.close()


def main() -> None:
    """Write a workload once, or at a rate until ended."""
    how, path, *rate = sys.argv[1:]
    asyncio.run(_run(how, path, rate))


if __name__ == "__main__":
    main()
