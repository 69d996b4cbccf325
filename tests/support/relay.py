"""A TCP relay before an engine, which hangs when told to, or keeps open what the engine has closed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

READ_BYTES = 65_536


class Relay:
    """Passes bytes on in both directions, unless it hangs."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._target = urlsplit(uri)
        self._passing = asyncio.Event()
        self._passing.set()
        self._closing = asyncio.Event()
        self._closing.set()
        self._ended = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    @classmethod
    @asynccontextmanager
    async def to(cls, uri: str) -> AsyncIterator["Relay"]:
        """Run a relay to the server of a URI; its own `uri` leads through it."""
        relay = cls(uri)
        server = await asyncio.start_server(relay._serve, "127.0.0.1", 0)
        _, port = server.sockets[0].getsockname()
        login, _, _ = relay._target.netloc.rpartition("@")
        relay.uri = urlunsplit(relay._target._replace(netloc=f"{login}@127.0.0.1:{port}"))
        try:
            yield relay
        finally:
            server.close()
            for task in relay._running:
                task.cancel()
            await asyncio.gather(*relay._running, return_exceptions=True)

    def hang(self) -> None:
        """Pass nothing on."""
        self._passing.clear()

    def go_on(self) -> None:
        """Pass on what waits, and what comes."""
        self._passing.set()

    def keep_open(self) -> None:
        """From now on pass on what the engine says, but not that it closes."""
        self._closing.clear()

    async def until_ended(self) -> None:
        """Return once the engine has closed a connection, and all it said before is passed on."""
        await self._ended.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._target.hostname, self._target.port or 5432)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pass_on(source, sink))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            try:
                while data := await source.read(READ_BYTES):
                    await self._passing.wait()
                    sink.write(data)
                    await sink.drain()
                self._ended.set()
                await self._closing.wait()
            finally:
                sink.close()
                await sink.wait_closed()
