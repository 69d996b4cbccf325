"""The context that a running worker gets from its process.

Built once by `running`; handed to a worker's `open_handler` or `run` (see `registry`).
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
    """The context of one worker process.

    `draining` is set by SIGTERM: finish the current work and return. `heartbeat` gets a beat in every turn of the
    worker's loop; /healthz fails when it stops. `policy` returns the current runtime policy; for a worker that obeys
    none it is always the default.
    """

    source: Source
    clock: Clock
    publisher: EventPublisher
    draining: asyncio.Event
    heartbeat: Heartbeat
    policy: Callable[[], RuntimePolicy]
