"""Servers that speak TLS with certificates made for the test, and count who trusts them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hack.authority import Identity, Pair, issue

SSL_REQUEST_BYTES = 8  # of PostgreSQL: asked before TLS begins
Greeting = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Secured:
    """A server on 127.0.0.1, and how many connections came through its handshake."""

    port: int
    trusted: asyncio.Event = field(default_factory=asyncio.Event)


def server_context(folder: Path, authority: Pair, *names: str) -> ssl.SSLContext:
    """Return the context of a server whose certificate holds these names."""
    # redis-py turns localhost into an address
    addresses = ("127.0.0.1",) if "localhost" in names else ()
    pair = issue(authority, Identity("server", "server", dns_names=names, addresses=addresses))
    (folder / "server.crt").write_bytes(pair.certificate_pem)
    (folder / "server.key").write_bytes(pair.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    return context


def write_ca(folder: Path, *authorities: Pair) -> Path:
    """Write what a client trusts, as a Secret has it."""
    file = folder / "ca.crt"
    file.write_bytes(b"".join(authority.certificate_pem for authority in authorities))
    return file


@asynccontextmanager
async def serving(context: ssl.SSLContext) -> AsyncIterator[Secured]:
    """Serve TLS: hold each connection open until its client ends it."""
    async with _listening(_hold, context) as secured:
        yield secured


@asynccontextmanager
async def serving_postgres(context: ssl.SSLContext) -> AsyncIterator[Secured]:
    """Serve TLS as PostgreSQL does, on request."""

    async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(SSL_REQUEST_BYTES)
        writer.write(b"S")
        await writer.start_tls(context)

    async with _listening(upgrade, None) as secured:
        yield secured


@asynccontextmanager
async def _listening(greet: Greeting, context: ssl.SSLContext | None) -> AsyncIterator[Secured]:
    secured = Secured(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await greet(reader, writer)
            if await reader.read(1):  # in TLS 1.3 a client that refuses the certificate says so after the handshake
                secured.trusted.set()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    secured.port = server.sockets[0].getsockname()[1]
    try:
        yield secured
    finally:
        server.close()
        await server.wait_closed()


async def _hold(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Say nothing first."""
