import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from photo_operator.conditions import Reason
from photo_operator.crds.base import SecretRef
from photo_operator.crds.engines import Cassandra
from photo_operator.engines.cassandra import READS_PER_LOGIN, CassandraProbe, build_frame, build_login, build_query
from photo_operator.engines.model import Credentials

AUTHENTICATE, READY, SUCCESS, RESULT, ERROR = 0x03, 0x02, 0x10, 0x08, 0x00


async def _request(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    _, _, _, opcode, length = struct.unpack(">BBhBi", await reader.readexactly(9))
    return opcode, await reader.readexactly(length)


@asynccontextmanager
async def _server(*answers: tuple[int, bytes]) -> AsyncIterator[tuple[str, list[bytes]]]:
    seen: list[bytes] = []
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            for opcode, body in answers:
                seen.append((await _request(reader))[1])
                writer.write(build_frame(opcode, body))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", seen
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


@asynccontextmanager
async def _probe(*hosts: str) -> AsyncIterator[CassandraProbe]:
    probe = CassandraProbe(
        Cassandra(hosts, SecretRef("photo-cassandra")), Credentials({"username": "u", "password": "p"})
    )
    try:
        yield probe
    finally:
        await probe.close()


async def test_a_read_after_a_login_is_good() -> None:
    async with _server((AUTHENTICATE, b""), (SUCCESS, b""), (RESULT, b"")) as (address, seen), _probe(address) as probe:
        assert (await probe.probe()).good
    assert seen[1] in build_login("u", "p")
    assert seen[2] in build_query()


async def test_a_login_serves_many_reads_and_is_made_anew_after_them() -> None:
    async with _server((READY, b""), *[(RESULT, b"")] * READS_PER_LOGIN) as (address, seen), _probe(address) as probe:
        for _ in range(READS_PER_LOGIN + 1):
            assert (await probe.probe()).good
    assert len([body for body in seen if body in build_query()]) == READS_PER_LOGIN + 1
    assert len(seen) == READS_PER_LOGIN + 3


async def test_a_connection_that_was_closed_is_no_bad_news() -> None:
    async with _server((READY, b""), (RESULT, b"")) as (address, seen), _probe(address) as probe:
        assert (await probe.probe()).good
        assert (await probe.probe()).good
    assert len(seen) == 4


async def test_a_login_without_an_answer_to_the_read_is_bad() -> None:
    async with _server((READY, b"")) as (address, _), _probe(address) as probe:
        assert (await probe.probe()).reason is Reason.UNREACHABLE


async def test_a_server_without_passwords_is_good() -> None:
    async with _server((READY, b""), (RESULT, b"")) as (address, _), _probe(address) as probe:
        assert (await probe.probe()).good


@pytest.mark.parametrize(
    ("code", "reason"),
    [(0x0100, Reason.AUTHENTICATION_FAILED), (0x1001, Reason.NOT_WHOLE)],
    ids=["bad credentials", "overloaded"],
)
async def test_errors_have_closed_reasons(code: int, reason: Reason) -> None:
    async with (
        _server((AUTHENTICATE, b""), (ERROR, struct.pack(">iH", code, 3) + b"bad")) as (address, _),
        _probe(address) as probe,
    ):
        health = await probe.probe()
    assert health.reason is reason
    assert health.next_step


async def test_the_second_contact_point_is_asked_when_the_first_is_gone() -> None:
    async with _server((READY, b""), (RESULT, b"")) as (address, _), _probe("127.0.0.1:1", address) as probe:
        assert (await probe.probe()).good


async def test_nobody_there_is_unreachable() -> None:
    async with _probe("127.0.0.1:1") as probe:
        assert (await probe.probe()).reason is Reason.UNREACHABLE
