"""The API over fakes, served by its own server on a free port of this host, for clients that speak real HTTP."""

import asyncio
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from granian.server.embed import Server

from photo_app.application import create_app
from photo_app.composition.shared import ApiSettings
from photo_app.main import SERVER_OPTIONS
from tests.support.api import SETTINGS, Api, running_api
from tests.support.openapi_requests import Target

SECONDS = 30.0  # to start and to stop
UNLIMITED = 1_000_000


@dataclass(frozen=True)
class _Running:
    """A server in a thread of its own."""

    target: Target
    stop: Callable[[], object]


@contextmanager
def served_api() -> Iterator[Target]:
    """Serve the API while the block lasts, with somebody who has a post and a media."""
    started: Future[_Running] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(started)))
    thread.start()
    running = started.result(SECONDS)
    try:
        yield running.target
    finally:
        running.stop()
        thread.join(SECONDS)


async def _serve(started: Future[_Running]) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    async with running_api(ApiSettings(SETTINGS.keys, requests_per_second=UNLIMITED)) as api:
        server = Server(create_app(api.services), "127.0.0.1", port, **SERVER_OPTIONS)
        serving = asyncio.create_task(server.serve())
        await _until_served(port)
        target = await _target(api, f"http://127.0.0.1:{port}")
        started.set_result(_Running(target, lambda: loop.call_soon_threadsafe(stop.set)))
        await stop.wait()
        server.stop()  # type: ignore[no-untyped-call]
        await serving


async def _until_served(port: int) -> None:
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.01)


async def _target(api: Api, url: str) -> Target:
    ada, bob = await api.person("ada"), await api.person("bob")
    post, media_id = await api.post_of(bob), await api.media_of(ada)
    sessions = itertools.count()

    def another_session() -> str:
        token, _ = api.services.tokens.issue(int(ada.user_id), ada.username, f"session-{next(sessions)}")
        return f"Bearer {token}"

    known = {"user_id": bob.user_id, "post_id": post["post_id"], "media_id": media_id}
    return Target(url, another_session(), another_session, known)
