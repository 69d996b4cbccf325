import asyncio
import socket
from contextlib import suppress
from typing import Any

import pytest
from granian.server.embed import Server

from photo_app.composition.background import running
from photo_app.http.lifecycle import Lifecycle
from photo_app.main import SERVER_OPTIONS, wait_until_drained


async def test_a_drain_waits_for_requests_under_way() -> None:
    lifecycle = Lifecycle()
    lifecycle.request_begun()
    lifecycle.begin_drain()
    drain = asyncio.create_task(wait_until_drained(lifecycle, forget_seconds=0, finish_seconds=60))
    done, _ = await asyncio.wait({drain}, timeout=0.05)
    assert not done
    lifecycle.request_ended()
    await asyncio.wait_for(drain, 5)


async def test_a_drain_ends_although_a_request_hangs() -> None:
    lifecycle = Lifecycle()
    lifecycle.request_begun()
    lifecycle.begin_drain()
    await asyncio.wait_for(wait_until_drained(lifecycle, forget_seconds=0, finish_seconds=0.01), 5)


async def test_what_runs_beside_the_requests_ends_with_them() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def forever() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with running((forever(),)):
        await asyncio.wait_for(begun.wait(), 5)
    assert ended.is_set()


async def test_what_fails_beside_the_requests_ends_the_process() -> None:
    async def failing() -> None:
        raise ValueError("a mistake")

    with pytest.raises(ExceptionGroup):
        async with running((failing(),)):
            await asyncio.Event().wait()


async def answer_anything(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def ask(port: int) -> tuple[bytes, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: anybody\r\n\r\n")
    return await reader.readline(), writer


async def until_served(port: int) -> None:
    while True:
        with suppress(OSError):
            _, writer = await ask(port)
            writer.close()
            return
        await asyncio.sleep(0.01)


async def test_clients_that_keep_idle_connections_keep_nobody_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    server = Server(answer_anything, "127.0.0.1", port, **SERVER_OPTIONS)
    serving = asyncio.create_task(server.serve())
    kept: list[asyncio.StreamWriter] = []
    async with asyncio.timeout(30):
        await until_served(port)
        for _ in range(300):
            answer, writer = await ask(port)
            kept.append(writer)
            assert answer.startswith(b"HTTP/1.1 200")
    for writer in kept:
        writer.close()
    server.stop()  # type: ignore[no-untyped-call]
    await serving
