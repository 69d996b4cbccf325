"""Kafka's place in fast tests: a partitioned log in memory, a publisher and consumers over it.

Redelivery is what a second `FakeEventConsumer` of a group sees: everything after the committed offsets.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from zlib import crc32

from photo_core.clock import Clock
from photo_core.errors import Engine, EngineUnavailable
from photo_core.messages.topics import Group, Topic, dead_letter_topic, retry_topic
from photo_core.ports.events import IncomingMessage, OutgoingMessage, not_before_ms

Partition = tuple[str, int]


class FakeLog:
    """Topics of a few partitions, and the offsets that groups have committed."""

    def __init__(self, clock: Clock, partitions: int = 4) -> None:
        self.clock = clock
        self.changed = asyncio.Event()
        self.available = True
        self.committed: dict[tuple[Group, Partition], int] = {}
        self._partitions = partitions
        self._records: defaultdict[Partition, list[IncomingMessage]] = defaultdict(list)

    def append(self, message: OutgoingMessage) -> None:
        """Add a message to the partition of its key."""
        number = crc32(message.key.encode()) % self._partitions
        records = self._records[message.topic, number]
        now_ms = self.clock.now_ms()
        records.append(
            IncomingMessage(
                message.topic, number, len(records), message.key, message.value, now_ms, dict(message.headers)
            )
        )
        self.changed.set()

    def messages(self, topic: str) -> list[IncomingMessage]:
        """Return everything that a topic holds, in order within each partition."""
        return [m for (name, _), records in sorted(self._records.items()) if name == topic for m in records]

    def partition(self, topic: str, number: int, offset: int) -> list[IncomingMessage]:
        """Return what a partition holds from an offset on."""
        return self._records[topic, number][offset:]

    def partitions(self, topic: str) -> list[Partition]:
        """Return the partitions of a topic."""
        return [(topic, number) for number in range(self._partitions)]


class FakeEventPublisher:
    """Appends to a log; refuses while the log is not available."""

    def __init__(self, log: FakeLog) -> None:
        self._log = log

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Append every message."""
        if not self._log.available:
            raise EngineUnavailable(Engine.KAFKA, "told to be away")
        for message in messages:
            self._log.append(message)

    def publish_soon(self, message: OutgoingMessage, on_acknowledged: Callable[[], None]) -> None:
        """Append and acknowledge on the next turn of the event loop; drop while the log is not available."""
        if self._log.available:
            self._log.append(message)
            asyncio.get_running_loop().call_soon(on_acknowledged)


class FakeEventConsumer:
    """The only member of its group; a new one stands for the restarted process."""

    def __init__(self, log: FakeLog, topic: Topic, group: Group, draining: asyncio.Event) -> None:
        self.topic = topic
        self.group = group
        self.held: list[float] = []
        self._log = log
        self._draining = draining
        self._next: dict[Partition, int] = {}

    async def batches(self, limit: int) -> AsyncIterator[Sequence[IncomingMessage]]:
        """Yield what is due, at most `limit` messages; perhaps none."""
        while not self._draining.is_set():
            self._log.changed.clear()
            batch = self._take(limit)
            if not batch:
                await _change(self._log)
            yield batch

    async def commit(self, messages: Sequence[IncomingMessage]) -> None:
        """Remember the offsets after these messages."""
        for message in messages:
            self._log.committed[self.group, (message.topic, message.partition)] = message.offset + 1

    async def hold(self, seconds: float) -> bool:
        """Note the wanted time, and let other tasks run instead of waiting for it."""
        self.held.append(seconds)
        await asyncio.sleep(0)
        return self._draining.is_set()

    def _take(self, limit: int) -> list[IncomingMessage]:
        batch: list[IncomingMessage] = []
        for place in self._log.partitions(self.topic) + self._log.partitions(retry_topic(self.topic, self.group)):
            start = self._next.setdefault(place, self._log.committed.get((self.group, place), 0))
            due = self._due(self._log.partition(*place, start))[: limit - len(batch)]
            self._next[place] = start + len(due)
            batch += due
        return batch

    def _due(self, messages: Sequence[IncomingMessage]) -> list[IncomingMessage]:
        now_ms = self._log.clock.now_ms()
        early = (index for index, message in enumerate(messages) if not_before_ms(message) > now_ms)
        return list(messages[: next(early, len(messages))])


class FakeEventTail:
    """All that a topic of a log receives; breaks while the log is not available."""

    def __init__(self, log: FakeLog, topic: Topic) -> None:
        self._log = log
        self._topic = topic

    async def batches(self) -> AsyncGenerator[Sequence[IncomingMessage], None]:
        """Yield what arrives after the first batch, which is empty."""
        self._require()
        seen = {place: len(self._log.partition(*place, 0)) for place in self._log.partitions(self._topic)}
        yield []
        while True:
            self._log.changed.clear()
            new = [message for place, offset in seen.items() for message in self._log.partition(*place, offset)]
            for message in new:
                seen[message.topic, message.partition] = message.offset + 1
            if not new:
                await _change(self._log)
            self._require()
            yield new

    def _require(self) -> None:
        if not self._log.available:
            raise EngineUnavailable(Engine.KAFKA, "told to be away")


class FakeDeadLetters:
    """A group's dead letters in a log; what was put back is remembered in this object."""

    def __init__(self, log: FakeLog, topic: Topic, group: Group) -> None:
        self._log = log
        self._topic = dead_letter_topic(topic, group)
        self._replayed: dict[int, int] = {}

    async def read(self, limit: int) -> Sequence[IncomingMessage]:
        """Return at most `limit` dead letters that were not put back before."""
        unread = [m for m in self._log.messages(self._topic) if m.offset >= self._replayed.get(m.partition, 0)]
        return unread[:limit]

    async def mark_replayed(self, messages: Sequence[IncomingMessage]) -> None:
        """Remember the offsets after these messages."""
        self._replayed |= {message.partition: message.offset + 1 for message in messages}


async def _change(log: FakeLog) -> None:
    """Wait briefly: a message that was not due becomes so without a change."""
    try:
        await asyncio.wait_for(log.changed.wait(), 0.01)
    except TimeoutError:
        return
