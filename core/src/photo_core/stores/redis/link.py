"""One connection to one node, with many requests under way: replies come in the order of the requests.

Costs a tenth of a connection of redis-py's a request, which lends one to each request and reads replies one by one.
Called by `photo_core.stores.redis.client`; knows no topology and follows no redirect.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import hiredis
from msgspec import Struct

from photo_core.domain.feed.layout import EPOCH_DIGITS
from photo_core.tls import name_to_prove

if TYPE_CHECKING:
    import ssl

Address = tuple[str, int]
REPLY_SECONDS = 2.0
_NOTHING = object()


def pack(commands: Sequence[tuple[bytes, ...]]) -> bytes:
    """Return commands as they go over the wire."""
    # hiredis declares a tuple of one
    return b"".join(hiredis.pack_command(words) for words in commands)  # type: ignore[arg-type]


ASK_LIFE = pack([(b"INFO", b"replication")])


class ErrorReply(Exception):
    """An error reply of a node; it takes the place of the reply."""


class LinkLogin(Struct, frozen=True):
    """The login and TLS context for a node; `seeds` are the hosts in the settings, which certificates may name."""

    username: str
    password: str
    context: "ssl.SSLContext | None" = None
    seeds: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Show who, never the password."""
        return f"LinkLogin(username={self.username!r})"


class Link(asyncio.Protocol):
    """A connection that `connect` has opened. A request that stays without its replies for too long ends it.

    That takes longer than a reader waits: a node that is slow for a moment must not lose all that is under way.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(replyError=ErrorReply, notEnoughData=_NOTHING)
        self._waiting: deque[_Request] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._run_id = b""
        self._history, self._epoch = b"", ""

    @property
    def is_open(self) -> bool:
        """Whether requests can be made."""
        return self._transport is not None and not self._transport.is_closing()

    def request(self, payload: bytes, count: int) -> asyncio.Future[list[Any]]:
        """Send packed commands and return their replies to come; a refused command's reply is an `ErrorReply`.

        The replies of a request that its caller gives up are read all the same, so that they answer no other.
        """
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError("the connection was lost")
        request = _Request(count, self._loop.time() + REPLY_SECONDS, self._loop.create_future())
        self._waiting.append(request)
        if self._watch is None:
            self._watch = self._loop.call_at(request.deadline, self._look_at_oldest)
        self._transport.write(payload)
        return request.answered

    async def log_in(self, login: LinkLogin) -> None:
        """Log in and learn which run of the node this is; a restart ends the connection.

        Raises:
            ErrorReply: the node refuses the login.
        """
        payload = pack([(b"AUTH", login.username.encode(), login.password.encode()), (b"INFO", b"server")])
        replies = await self.request(payload, 2)
        for reply in replies:
            if isinstance(reply, ErrorReply):
                raise reply
        self._run_id = fact(replies[1], b"run_id:")

    def epoch(self, life: bytes) -> str:
        """Name the life of the node that answered ASK_LIFE so, as the scripts do.

        It changes with every restart (run id) and promotion (replication id): writes that the node acknowledged
        before may be lost since then. Asked after a value on the same connection, it is the life that the value is of.
        """
        history = fact(life, b"master_replid:")
        if history != self._history:
            self._history = history
            self._epoch = hashlib.sha1(self._run_id + history, usedforsecurity=False).hexdigest()[:EPOCH_DIGITS]
        return self._epoch

    def close(self) -> None:
        """End the connection; what waits for replies fails."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand replies to the requests that they belong to."""
        self._reader.feed(data)
        next_reply, waiting = self._reader.gets, self._waiting
        while waiting:
            request = waiting[0]
            replies = request.replies
            for _ in range(request.count - len(replies)):
                reply = next_reply()
                if reply is _NOTHING:
                    return
                replies.append(reply)
            waiting.popleft()
            if not request.answered.done():
                request.answered.set_result(replies)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what waits for replies."""
        if self._watch is not None:
            self._watch.cancel()
        for request in self._waiting:
            if not request.answered.done():
                request.answered.set_exception(ConnectionResetError(str(exc or "the connection was lost")))
                request.answered.exception()  # seen, also when nobody waits for it any more
        self._waiting.clear()

    def _look_at_oldest(self) -> None:
        """End the connection if its oldest request waits for too long: the node hangs."""
        self._watch = None
        if self._waiting:
            if self._waiting[0].deadline <= self._loop.time():
                self.close()
            else:
                self._watch = self._loop.call_at(self._waiting[0].deadline, self._look_at_oldest)


class _Request:
    __slots__ = ("answered", "count", "deadline", "replies")

    def __init__(self, count: int, deadline: float, answered: asyncio.Future[list[Any]]) -> None:
        self.count = count
        self.deadline = deadline
        self.answered = answered
        self.replies: list[Any] = []


async def connect(address: Address, login: LinkLogin, seconds: float) -> Link:
    """Open a connection to a node.

    Raises:
        OSError, TimeoutError, ErrorReply: the node is down, or refuses the login.
    """
    name = None if login.context is None else name_to_prove(address[0], login.seeds)
    async with asyncio.timeout(seconds):
        loop = asyncio.get_running_loop()
        _, link = await loop.create_connection(Link, *address, ssl=login.context, server_hostname=name)
        try:
            await link.log_in(login)
        except BaseException:
            link.close()
            raise
    return link


def fact(told: bytes, name: bytes) -> bytes:
    """Return one line's value of what INFO tells."""
    start = told.index(name) + len(name)
    return told[start : told.index(b"\r\n", start)]
