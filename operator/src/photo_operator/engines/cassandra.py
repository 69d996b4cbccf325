"""Cassandra's probe: a CQL handshake with credentials. Called by `monitor`.

The native protocol's four frames, without the driver: its session costs threads and tens of megabytes.
"""

import asyncio
import struct

from photo_core.errors import Engine
from photo_operator.crds import Cassandra
from photo_operator.engines import tls
from photo_operator.engines.model import Credentials, Health, healthy, not_whole, refused, unreachable

TIMEOUT_SECONDS = 3.0
PORT = 9042
_VERSION = 4
_ERROR, _STARTUP, _AUTHENTICATE, _AUTH_RESPONSE = 0x00, 0x01, 0x03, 0x0F
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
    """Return the first frame."""
    pairs = (b"CQL_VERSION", b"3.0.0")
    return build_frame(_STARTUP, struct.pack(">H", 1) + b"".join(struct.pack(">H", len(p)) + p for p in pairs))


def build_login(username: str, password: str) -> bytes:
    """Return the answer to a request for a password (SASL PLAIN)."""
    token = b"\0" + username.encode() + b"\0" + password.encode()
    return build_frame(_AUTH_RESPONSE, struct.pack(">i", len(token)) + token)


async def _read_frame(reader: asyncio.StreamReader) -> int:
    _, _, _, opcode, length = _HEADER.unpack(await reader.readexactly(_HEADER.size))
    body = await reader.readexactly(length)
    if opcode == _ERROR:
        (code,) = struct.unpack_from(">i", body)
        raise CassandraError(code, body[6:].decode(errors="replace"))
    return int(opcode)


class CassandraProbe:
    """One handshake a probe, with the first contact point that answers."""

    def __init__(self, spec: Cassandra, credentials: Credentials) -> None:
        self._spec = spec
        self._credentials = credentials

    async def probe(self) -> Health:
        """Say hello to the contact points in turn."""
        health = not_whole(Engine.CASSANDRA, "no contact points")
        for host in self._spec.hosts:
            health = await self._try(host)
            if health.good:
                break
        return health

    async def _try(self, host: str) -> Health:
        name, _, port = host.rpartition(":")
        address = (name, int(port)) if name else (port, PORT)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._handshake(*address)
        except CassandraError as error:
            if error.code == _BAD_CREDENTIALS:
                return refused(Engine.CASSANDRA, self._spec.secret_ref.name, error)
            return not_whole(Engine.CASSANDRA, f"{host}: {error}")
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            return unreachable(Engine.CASSANDRA, host, error)
        return healthy(Engine.CASSANDRA)

    async def _handshake(self, host: str, port: int) -> None:
        reader, writer = await asyncio.open_connection(host, port, ssl=tls.context(self._credentials.ca_certificate))
        try:
            writer.write(build_startup())
            if await _read_frame(reader) == _AUTHENTICATE:
                values = self._credentials.values
                writer.write(build_login(values["username"], values["password"]))
                await _read_frame(reader)
        finally:
            writer.close()

    async def close(self) -> None:
        """Nothing is kept open."""
