"""What a running worker is given: its surroundings, from which it takes what it needs.

Built once by `main`; handed to a worker's `open_handler` or `run` (see `registry`).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from photo_core.clock import Clock
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.ports.events import EventPublisher
from photo_core.settings import Source
from photo_core.telemetry.health import Heartbeat


@dataclass(frozen=True)
class WorkerProcess:
    """The surroundings of one worker process.

    `draining` is set by SIGTERM: finish what is under way and return. `heartbeat` is beaten with every turn of the
    worker's loop; /healthz fails when it stops. `policy` returns the runtime policy of now; for a worker that obeys
    none it is always the same.
    """

    source: Source
    clock: Clock
    publisher: EventPublisher
    draining: asyncio.Event
    heartbeat: Heartbeat
    policy: Callable[[], RuntimePolicy]
