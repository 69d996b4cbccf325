"""A proxy before the real API server that fails as networks and busy servers do. Used by the end-to-end tests.

It speaks plain HTTP to the operator and TLS with the clone's own certificate to the API server, so that it sees the
requests. What was under way when a fault begins meets the fault, too.
"""

import asyncio
import base64
import contextlib
import socket
import ssl
import struct
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml


class Fault(Enum):
    """How the API server fails."""

    NONE = auto()  # it does not
    SWALLOWED_EVENTS = auto()  # watches stay open and say nothing; all else is well
    BUSY = auto()  # 429 with Retry-After
    BROKEN = auto()  # 500
    UNAVAILABLE = auto()  # 503
    SLOW = auto()  # every answer takes a second longer
    HALF_OPEN = auto()  # connections are accepted and nothing is ever answered
    RESET = auto()  # connections are reset


RETRY_AFTER_SECONDS = 3
SLOW_SECONDS = 1.0
_CANNED = {
    Fault.BUSY: f"429 Too Many Requests\r\nRetry-After: {RETRY_AFTER_SECONDS}",
    Fault.BROKEN: "500 Internal Server Error",
    Fault.UNAVAILABLE: "503 Service Unavailable",
}


@dataclass
class ApiServerProxy:
    """One proxy; set `fault` at any time."""

    address: tuple[str, int]
    context: ssl.SSLContext
    port: int = 0
    fault: Fault = Fault.NONE
    asked: "Counter[Fault]" = field(default_factory=Counter)  # requests by the fault that they met
    lease_asked: "Counter[Fault]" = field(default_factory=Counter)  # those among them that are of a Lease
    watches: int = 0  # that were begun
    _open: "set[asyncio.Task[Any]]" = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand on one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._connect(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(*self.address, ssl=self.context)
        connection = _Connection(self, writer)
        pumps = [
            asyncio.create_task(connection.requests(reader, up_writer)),
            asyncio.create_task(connection.answers(up_reader)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            up_writer.close()

    async def close(self) -> None:
        """End every connection."""
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


class _Connection:
    """One connection of the operator."""

    def __init__(self, proxy: ApiServerProxy, writer: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._writer = writer
        self._watches = False

    async def requests(self, reader: asyncio.StreamReader, upstream: asyncio.StreamWriter) -> None:
        """Hand on whole requests."""
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
            self._proxy.asked[self._proxy.fault] += 1
            line = head.split(b"\r\n", 1)[0]
            self._proxy.lease_asked[self._proxy.fault] += b"/leases/" in line
            self._watches = b"watch=true" in line
            self._proxy.watches += self._watches
            if await self._fails():
                return
            upstream.write(head + body)
            await upstream.drain()

    async def _fails(self) -> bool:
        fault = self._proxy.fault
        if fault is Fault.HALF_OPEN:
            await asyncio.Event().wait()
        if fault is Fault.RESET:
            self._reset()
            return True
        if fault is Fault.SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        if fault not in _CANNED:
            return False
        said = (
            f"HTTP/1.1 {_CANNED[fault]}\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        self._writer.write(said.encode())
        await self._writer.drain()
        return True

    def _reset(self) -> None:
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.close()

    async def answers(self, upstream: asyncio.StreamReader) -> None:
        """Hand on what the API server says, unless that is lost."""
        while data := await upstream.read(65536):
            fault = self._proxy.fault
            if fault is Fault.HALF_OPEN or (fault is Fault.SWALLOWED_EVENTS and self._watches):
                await asyncio.Event().wait()
            if fault is Fault.RESET:
                self._reset()
                return
            self._writer.write(data)
            await self._writer.drain()


def _length(head: bytes) -> int:
    lines = [line.partition(b":") for line in head.lower().split(b"\r\n")]
    return next((int(value) for name, _, value in lines if name == b"content-length"), 0)


@contextlib.asynccontextmanager
async def api_server_proxy(kubeconfig: Path) -> AsyncIterator[ApiServerProxy]:
    """Run a proxy before the API server of a kubeconfig."""
    found: dict[str, Any] = yaml.safe_load(kubeconfig.read_text())
    cluster, user = found["clusters"][0]["cluster"], found["users"][0]["user"]
    context = ssl.create_default_context(cadata=_decoded(cluster["certificate-authority-data"]))
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as pem:
        pem.write(_decoded(user["client-certificate-data"]) + _decoded(user["client-key-data"]))
        pem.flush()
        context.load_cert_chain(pem.name)
    url = urlsplit(cluster["server"])
    proxy = ApiServerProxy((url.hostname or "", url.port or 443), context)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=2**22)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode()


def build_kubeconfig(port: int) -> str:
    """Return a kubeconfig that leads through a proxy."""
    name = "proxied"
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": f"http://127.0.0.1:{port}"}}],
            "users": [{"name": name, "user": {"token": "unused"}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
    )
