import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from photo_operator.conditions import Reason
from photo_operator.crds import Cassandra, SecretRef
from photo_operator.engines.cassandra import CassandraProbe, build_frame, build_login
from photo_operator.engines.model import Credentials

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
AUTHENTICATE, READY, SUCCESS, ERROR = 0x03, 0x02, 0x10, 0x00


async def _request(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    _, _, _, opcode, length = struct.unpack(">BBhBi", await reader.readexactly(9))
    return opcode, await reader.readexactly(length)


@asynccontextmanager
async def _server(*answers: tuple[int, bytes]) -> AsyncIterator[tuple[str, list[bytes]]]:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for opcode, body in answers:
            seen.append((await _request(reader))[1])
            writer.write(build_frame(opcode, body))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", seen


def _probe(*hosts: str) -> CassandraProbe:
    return CassandraProbe(
        Cassandra(hosts, SecretRef("photo-cassandra")), Credentials({"username": "u", "password": "p"})
    )


async def test_a_login_that_is_accepted_is_good() -> None:
    async with _server((AUTHENTICATE, b""), (SUCCESS, b"")) as (address, seen):
        assert (await _probe(address).probe()).good
    assert seen[1] in build_login("u", "p")


async def test_a_server_without_passwords_is_good() -> None:
    async with _server((READY, b"")) as (address, _):
        assert (await _probe(address).probe()).good


@pytest.mark.parametrize(("code", "reason"), [(0x0100, Reason.AUTHENTICATION_FAILED), (0x1001, Reason.NOT_WHOLE)])
async def test_errors_have_closed_reasons(code: int, reason: Reason) -> None:
    async with _server((AUTHENTICATE, b""), (ERROR, struct.pack(">iH", code, 3) + b"bad")) as (address, _):
        health = await _probe(address).probe()
    assert health.reason is reason
    assert health.next_step


async def test_the_second_contact_point_is_asked_when_the_first_is_gone() -> None:
    async with _server((READY, b"")) as (address, _):
        assert (await _probe("127.0.0.1:1", address).probe()).good


async def test_nobody_there_is_unreachable() -> None:
    assert (await _probe("127.0.0.1:1").probe()).reason is Reason.UNREACHABLE
