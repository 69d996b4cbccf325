"""The one list of background tasks of the API's process, which run from start until the drain has ended."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

from photo_app.composition.services import Services
from photo_app.ports import Ports
from photo_core.feeds.author_timelines import keep_taking
from photo_core.ids import keep_leased


def build_background(ports: Ports, services: Services, pod_name: str) -> tuple[Coroutine[None, None, None], ...]:
    """Return what runs until it is cancelled.

    Args:
        ports: the ports that the services use.
        services: the API's services.
        pod_name: names the holder of the lease of worker ids; made unique to this process, since a restarted
            container keeps its pod's name.
    """
    holder = f"{pod_name}-{secrets.token_hex(4)}"
    return (
        keep_leased(ports.minter, ports.worker_ids, holder, ports.clock),
        services.revocations.poll(),
        services.redis_guard.keep_probing(),
        services.feed.cassandra_guard.keep_probing(),
        services.feed.last_seen.keep_storing(),
        services.graph_cache.keep_storing_pending(),
        keep_taking(services.feed.author_timelines, ports.new_posts, ports.clock),
        ports.policies.keep_watching(),
    )


@asynccontextmanager
async def running(tasks: tuple[Coroutine[None, None, None], ...]) -> AsyncIterator[None]:
    """Run tasks while the block lasts; a task that fails ends the process, since a pod without it would do harm."""
    async with asyncio.TaskGroup() as group:
        started = [group.create_task(task) for task in tasks]
        yield
        for task in started:
            task.cancel()
