"""Cassandra's probe: one small read over a connection that logged in recently. Called by `pool`.

It speaks the few frames of the native protocol itself, without the driver (ADR 25). A login costs the server a tenth of
a second of CPU (bcrypt), so that not every probe makes one; the duration of the read tells how slow the server is.
"""

import asyncio
import struct
from contextlib import suppress

from msgspec import Struct

from photo_core.engines.cassandra import DEFAULT_PORT
from photo_core.errors import Engine
from photo_core.settings import parse_addresses
from photo_operator.crds.engines import Cassandra
from photo_operator.engines import tls
from photo_operator.engines.model import Credentials, Health, healthy, not_whole, refused, unreachable

TIMEOUT_SECONDS = 3.0
_VERSION = 4
_ERROR, _STARTUP, _AUTHENTICATE, _QUERY, _AUTH_RESPONSE = 0x00, 0x01, 0x03, 0x07, 0x0F
_READ = b"SELECT key FROM system.local"
_LOCAL_ONE, _NO_FLAGS = 0x000A, 0x00
READS_PER_LOGIN = 15  # then the probe logs in anew: credentials may have been withdrawn
_BAD_CREDENTIALS = 0x0100
_HEADER = struct.Struct(">BBhBi")


class CassandraError(Exception):
    """An ERROR frame; `code` is the protocol's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def build_frame(opcode: int, body: bytes) -> bytes:
    """Return a request frame of protocol version 4."""
    return _HEADER.pack(_VERSION, 0, 0, opcode, len(body)) + body


def build_startup() -> bytes:
    """Return the first frame of a connection."""
    pairs = (b"CQL_VERSION", b"3.0.0")
    return build_frame(_STARTUP, struct.pack(">H", 1) + b"".join(struct.pack(">H", len(p)) + p for p in pairs))


def build_login(username: str, password: str) -> bytes:
    """Return the response to a request for a password (SASL PLAIN)."""
    token = b"\0" + username.encode() + b"\0" + password.encode()
    return build_frame(_AUTH_RESPONSE, struct.pack(">i", len(token)) + token)


def build_query() -> bytes:
    """Return a query for the server's own row, which every user may read."""
    return build_frame(_QUERY, struct.pack(">i", len(_READ)) + _READ + struct.pack(">HB", _LOCAL_ONE, _NO_FLAGS))


async def _read_frame(reader: asyncio.StreamReader) -> int:
    _, _, _, opcode, length = _HEADER.unpack(await reader.readexactly(_HEADER.size))
    body = await reader.readexactly(length)
    if opcode == _ERROR:
        (code,) = struct.unpack_from(">i", body)
        raise CassandraError(code, body[6:].decode(errors="replace"))
    return int(opcode)


class _Connection(Struct):
    """A connection to one contact point that has logged in."""

    host: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    reads: int = 0

    async def read(self) -> None:
        """Read the server's own row."""
        self.reads += 1
        self.writer.write(build_query())
        await _read_frame(self.reader)


class CassandraProbe:
    """Makes one read per probe, at the first contact point that answers."""

    def __init__(self, spec: Cassandra, credentials: Credentials) -> None:
        self._spec = spec
        self._credentials = credentials
        self._connection: _Connection | None = None

    async def probe(self) -> Health:
        """Read from the contact point that answered last, else from each of the others in turn."""
        health = not_whole(Engine.CASSANDRA, "no contact points")
        for host in self._hosts():
            health = await self._try(host)
            if health.good:
                break
        return health

    def _hosts(self) -> tuple[str, ...]:
        last = self._connection.host if self._connection is not None else None
        return tuple(sorted(self._spec.hosts, key=lambda host: host != last))

    async def _try(self, host: str) -> Health:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._read(host)
        except CassandraError as error:
            await self.close()
            if error.code == _BAD_CREDENTIALS:
                return refused(Engine.CASSANDRA, self._spec.secret_ref.name, error)
            return not_whole(Engine.CASSANDRA, f"{host}: {error}")
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            await self.close()
            return unreachable(Engine.CASSANDRA, host, error)
        return healthy(Engine.CASSANDRA)

    async def _read(self, host: str) -> None:
        kept = self._connection
        if kept is not None and kept.host == host and kept.reads < READS_PER_LOGIN:
            with suppress(OSError, asyncio.IncompleteReadError):  # closed meanwhile: log in again
                return await kept.read()
        await self.close()
        await (await self._login(host)).read()
        return None

    async def _login(self, host: str) -> _Connection:
        ((name, port),) = parse_addresses([host], DEFAULT_PORT)
        context = tls.context(self._credentials.ca_certificate)
        reader, writer = await asyncio.open_connection(name, port, ssl=context)
        self._connection = _Connection(host, reader, writer)
        writer.write(build_startup())
        if await _read_frame(reader) == _AUTHENTICATE:
            values = self._credentials.values
            writer.write(build_login(values["username"], values["password"]))
            await _read_frame(reader)
        return self._connection

    async def close(self) -> None:
        """Close the connection if one is open."""
        found, self._connection = self._connection, None
        if found is not None:
            found.writer.close()


PROBE = CassandraProbe
