"""The operator's own small HTTP server: /metrics, /healthz, /readyz. Called by `main`, which names the routes.

It runs on the event loop itself, so that a loop that stands still fails its liveness probe.
"""

import asyncio
from collections.abc import Callable, Mapping

from msgspec import Struct
from prometheus_client import REGISTRY
from prometheus_client.exposition import generate_latest

REQUEST_SECONDS = 5.0


class Answer(Struct, frozen=True):
    """What a route says; 200 and text unless told otherwise."""

    body: bytes
    status: str = "200 OK"
    content_type: str = "text/plain; charset=utf-8"


Routes = Mapping[str, Callable[[], Answer]]


def metrics() -> Answer:
    """Every metric of this process."""
    return Answer(generate_latest(REGISTRY), content_type="text/plain; version=0.0.4; charset=utf-8")


def alive() -> Answer:
    """That the event loop turns: who asks would get no answer otherwise."""
    return Answer(b"the event loop turns\n")


async def serve(port: int, routes: Routes) -> asyncio.Server:
    """Answer GETs of these paths."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                writer.write(build_response(routes, await reader.readline()))
                await writer.drain()
        except (OSError, TimeoutError, ValueError):
            return  # who asked went away, or never finished asking
        finally:
            writer.close()

    return await asyncio.start_server(answer, "0.0.0.0", port)  # noqa: S104 - a pod's own address


def build_response(routes: Routes, request_line: bytes) -> bytes:
    """Return the bytes that answer a request line."""
    words = request_line.decode("latin-1").split()
    path = words[1].partition("?")[0] if len(words) > 1 else ""
    said = routes[path]() if path in routes else Answer(b"not found\n", "404 Not Found")
    head = f"HTTP/1.1 {said.status}\r\nContent-Type: {said.content_type}\r\nContent-Length: {len(said.body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + said.body
