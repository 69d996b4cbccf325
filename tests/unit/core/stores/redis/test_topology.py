"""Who serves which slot, as nodes tell it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from redis.crc import key_slot

from photo_core.stores.redis.link import Address, ErrorReply, LinkLogin
from photo_core.stores.redis.topology import learn, slot_of, slots_of

ASKED = ("redis.db.svc", 6379)
ENTRY = LinkLogin("demo", "secret")
GREETING = b"+OK\r\n$" + b"%d\r\n%b\r\n" % (59, b"# Server\r\nrun_id:" + b"a" * 40 + b"\r\n")
WHOLE = b"*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$8\r\n10.0.0.9\r\n:6379\r\n$1\r\na\r\n"
HALF = WHOLE.replace(b":16383", b":8191")


def test_each_slot_has_the_master_that_the_reply_names_first() -> None:
    slots = slots_of(
        [[0, 8191, [b"10.0.0.1", 6379, b"a"], [b"10.0.0.4", 6379, b"d"]], [8192, 16383, [b"10.0.0.2", 6379, b"b"]]],
        ASKED,
    )
    assert slots.masters == (("10.0.0.1", 6379), ("10.0.0.2", 6379))
    assert (slots.owners[0], slots.owners[8191], slots.owners[8192], slots.owners[16383]) == (0, 0, 1, 1)


@pytest.mark.parametrize("host", [None, b""])
def test_a_node_that_does_not_know_its_address_is_where_it_was_asked(host: bytes | None) -> None:
    assert slots_of([[0, 16383, [host, 6379, b"a"]]], ASKED).masters == (ASKED,)


def test_a_cluster_with_a_slot_that_nobody_serves_is_down() -> None:
    with pytest.raises(ErrorReply, match="CLUSTERDOWN"):
        slots_of([[0, 100, [b"a", 6379, b"a"]], [102, 16383, [b"a", 6379, b"a"]]], ASKED)


@given(st.binary(max_size=40) | st.text("ab{}", max_size=12).map(str.encode))
@example(b"{}a{b}")
@example(b"a{b")
@example(b"{a}b}")
def test_a_key_has_the_slot_that_other_clients_find(key: bytes) -> None:
    assert slot_of(key) == key_slot(key)


@pytest.fixture
async def nodes() -> AsyncIterator[tuple[Address, Address, Address]]:
    """One that is away, one that knows half of the slots, one that knows all."""
    half, whole = await _serving(HALF), await _serving(WHOLE)
    away = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    addresses = [server.sockets[0].getsockname()[:2] for server in (away, half, whole)]
    away.close()
    await away.wait_closed()
    yield addresses[0], addresses[1], addresses[2]
    half.close()
    whole.close()


async def _serving(slots: bytes) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"server\r\n")
        writer.write(GREETING)
        await reader.readuntil(b"SLOTS\r\n")
        writer.write(slots)
        await reader.read()
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0)


async def test_the_first_node_that_knows_all_is_believed(nodes: tuple[Address, Address, Address]) -> None:
    assert (await learn(nodes, ENTRY, 2.0)).masters == (("10.0.0.9", 6379),)


async def test_where_no_node_knows_all_the_last_failure_is_told(nodes: tuple[Address, Address, Address]) -> None:
    with pytest.raises(ErrorReply, match="CLUSTERDOWN"):
        await learn(nodes[:2], ENTRY, 2.0)
    with pytest.raises(ConnectionRefusedError):
        await learn(nodes[:1], ENTRY, 2.0)
