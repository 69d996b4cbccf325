"""A connection to a node: requests under way together, their replies in order, whatever becomes of those who asked."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable

import pytest

from photo_core.stores.redis.link import ErrorReply, Link, LinkLogin, connect

ENTRY = LinkLogin("demo", "secret")
RUN, HISTORY = b"a" * 40, b"b" * 40
SERVER = b"# Server\r\nrun_id:" + RUN + b"\r\n"
GREETING = b"+OK\r\n$%d\r\n%b\r\n" % (len(SERVER), SERVER)


class Node:
    """Reads what it is sent and answers what it is told to."""

    def __init__(self) -> None:
        self.writers: list[asyncio.StreamWriter] = []
        self.greeting = GREETING

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        await reader.readuntil(b"server\r\n")
        writer.write(self.greeting)
        await reader.read()
        writer.close()

    def answer(self, data: bytes) -> None:
        self.writers[-1].write(data)

    def hang_up(self) -> None:
        self.writers[-1].close()


Dial = Callable[[], asyncio.Task[Link]]


@pytest.fixture
async def node() -> AsyncIterator[tuple[Node, Dial]]:
    node = Node()
    server = await asyncio.start_server(node.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield node, lambda: asyncio.create_task(connect(("127.0.0.1", port), ENTRY, 2.0))
    for writer in node.writers:
        writer.close()
    server.close()
    await server.wait_closed()


async def test_replies_come_in_the_order_of_the_requests(node: tuple[Node, Dial]) -> None:
    link = await node[1]()
    one, two = link.request(b"1", 1), link.request(b"2", 2)
    node[0].answer(b":1\r\n$2\r\nab\r\n+OK\r\n")
    assert (await one, await two) == ([1], [b"ab", b"OK"])
    link.close()


async def test_a_reply_in_pieces_is_put_together(node: tuple[Node, Dial]) -> None:
    link = await node[1]()
    asked = link.request(b"1", 2)
    for piece in (b":1", b"0\r\n$4\r\na", b"b\r\n", b"\r\n"):
        node[0].answer(piece)
        await asyncio.sleep(0)
    assert await asked == [10, b"ab\r\n"]
    link.close()


async def test_the_reply_to_one_who_gave_up_answers_nobody_else(node: tuple[Node, Dial]) -> None:
    link = await node[1]()
    given_up, asked = link.request(b"1", 1), link.request(b"2", 1)
    given_up.cancel()
    node[0].answer(b":1\r\n:2\r\n")
    assert await asked == [2]
    link.close()


async def test_an_error_reply_stands_in_its_place(node: tuple[Node, Dial]) -> None:
    link = await node[1]()
    asked = link.request(b"1", 2)
    node[0].answer(b"-MOVED 7 b:2\r\n:2\r\n")
    refusal, reply = await asked
    assert isinstance(refusal, ErrorReply)
    assert (str(refusal), reply) == ("MOVED 7 b:2", 2)
    link.close()


async def test_what_waits_when_the_connection_is_lost_fails_and_nothing_is_asked_after(node: tuple[Node, Dial]) -> None:
    link = await node[1]()
    asked = link.request(b"1", 1)
    node[0].hang_up()
    with pytest.raises(ConnectionResetError):
        await asked
    assert not link.is_open
    with pytest.raises(ConnectionResetError):
        link.request(b"2", 1)


async def test_a_node_that_does_not_let_us_in_is_no_connection(node: tuple[Node, Dial]) -> None:
    node[0].greeting = b"-WRONGPASS invalid\r\n-NOAUTH\r\n"
    with pytest.raises(ErrorReply, match="WRONGPASS"):
        await node[1]()


async def test_an_epoch_names_run_and_history_as_the_scripts_do(node: tuple[Node, Dial]) -> None:
    link = await node[1]()
    told = b"# Replication\r\nrole:master\r\nmaster_replid:" + HISTORY + b"\r\nmaster_replid2:0\r\n"
    assert link.epoch(told) == hashlib.sha1(RUN + HISTORY, usedforsecurity=False).hexdigest()[:16]
    assert link.epoch(told.replace(HISTORY, RUN)) != link.epoch(told)
    link.close()
