import asyncio
from collections.abc import Callable, Sequence

import pytest
from prometheus_client import REGISTRY

from photo_core.errors import Engine, EngineUnavailable
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeEventConsumer, FakeEventPublisher, FakeLog
from photo_core.messages.topics import Group, Topic, dead_letter_topic, retry_topic
from photo_core.ports.events import IncomingMessage, OutgoingMessage
from photo_core.telemetry.health import Heartbeat
from photo_workers.consume_loop import ConsumeLoop, chunk_size
from photo_workers.outcomes import DONE, MAX_ATTEMPTS, REASON_HEADER, Dead, Outcome, Retry, Unavailable

TOPIC, GROUP = Topic.FEED_FANOUT, Group.FANOUT_WORKERS
AWAY = Unavailable(Engine.REDIS, "away")
Answer = Callable[[IncomingMessage], Outcome]


class Crash(BaseException):
    """What a killed process does: nothing runs after it."""


class Platform:
    """A log with one worker over it; the worker drains when `stop` says so or nothing is left."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.log = FakeLog(self.clock)
        self.seen: list[bytes] = []
        self.holds: list[float] = []
        self.heartbeat = Heartbeat(self.clock)

    def publish(self, *values: bytes) -> None:
        for value in values:
            self.log.append(OutgoingMessage(TOPIC, value.decode(), value))

    async def work(self, answer: Answer, until: Callable[[], bool]) -> FakeEventConsumer:
        draining = asyncio.Event()

        async def handle(batch: Sequence[IncomingMessage]) -> Sequence[Outcome]:
            outcomes = [answer(message) for message in batch]
            self.seen += [message.value for message in batch]
            if until():
                draining.set()
            return outcomes

        consumer = FakeEventConsumer(self.log, TOPIC, GROUP, draining)
        loop = ConsumeLoop(consumer, FakeEventPublisher(self.log), handle, self.clock, self.heartbeat)
        async with asyncio.timeout(10):
            await loop.run(100)
        self.holds += consumer.held
        return consumer

    def left(self) -> list[bytes]:
        """Return what the next member of the group would get."""
        consumer = FakeEventConsumer(self.log, TOPIC, GROUP, asyncio.Event())
        return [message.value for message in consumer._take(1_000)]

    def values(self, topic: str) -> list[bytes]:
        return [message.value for message in self.log.messages(topic)]


@pytest.fixture
def platform() -> Platform:
    return Platform()


def at_once() -> bool:
    return True


async def test_a_handled_batch_is_committed(platform: Platform) -> None:
    platform.publish(b"a", b"b", b"c")
    await platform.work(lambda _: DONE, at_once)
    assert platform.left() == []


async def test_a_crash_in_the_handler_commits_nothing(platform: Platform) -> None:
    platform.publish(b"a", b"b")

    def crash(_: IncomingMessage) -> Outcome:
        raise Crash

    with pytest.raises(Crash):
        await platform.work(crash, at_once)
    assert sorted(platform.left()) == [b"a", b"b"]


async def test_a_retry_goes_to_the_retry_topic_and_comes_back_later(platform: Platform) -> None:
    platform.publish(b"a")
    await platform.work(lambda _: Retry("busy", after=5), at_once)
    assert platform.values(retry_topic(TOPIC, GROUP)) == [b"a"]
    assert platform.left() == []
    platform.clock.advance(5)
    assert platform.left() == [b"a"]


async def test_a_hopeless_message_goes_to_the_dead_letters_with_its_reason(platform: Platform) -> None:
    platform.publish(b"a")
    await platform.work(lambda _: Dead("not json"), at_once)
    (letter,) = platform.log.messages(dead_letter_topic(TOPIC, GROUP))
    assert letter.headers[REASON_HEADER] == b"not json"
    assert platform.left() == []


async def test_a_message_that_fails_for_ever_ends_as_a_dead_letter(platform: Platform) -> None:
    platform.publish(b"a")

    await platform.work(lambda _: Retry("busy", after=0), lambda: len(platform.seen) == MAX_ATTEMPTS)
    assert platform.values(dead_letter_topic(TOPIC, GROUP)) == [b"a"]


async def test_an_engine_that_is_away_is_waited_for_in_the_group(platform: Platform) -> None:
    platform.publish(b"a", b"b")
    await platform.work(lambda _: AWAY if len(platform.seen) < 6 else DONE, lambda: len(platform.seen) == 8)
    assert len(platform.holds) == 3
    assert platform.holds == sorted(platform.holds)
    assert platform.left() == []


async def test_only_what_waits_is_repeated(platform: Platform) -> None:
    platform.publish(b"a", b"b")

    def first_time_away(message: IncomingMessage) -> Outcome:
        return AWAY if message.value == b"a" and not platform.seen else DONE

    await platform.work(first_time_away, lambda: len(platform.seen) == 3)
    assert sorted(platform.seen) == [b"a", b"a", b"b"]


async def test_a_drain_while_an_engine_is_away_commits_only_what_is_done(platform: Platform) -> None:
    platform.publish(b"a", b"b", b"c")
    await platform.work(lambda message: AWAY if message.value == b"b" else DONE, at_once)
    assert b"b" in platform.left()


async def test_nothing_is_committed_while_kafka_does_not_take_the_retry(platform: Platform) -> None:
    platform.publish(b"a")

    def kafka_away_at_first(_: IncomingMessage) -> Outcome:
        platform.log.available = bool(platform.seen)
        return Retry("busy")

    await platform.work(kafka_away_at_first, lambda: len(platform.seen) == 2)
    assert platform.values(retry_topic(TOPIC, GROUP)) == [b"a"]


async def test_an_engine_away_for_the_whole_batch_holds_it(platform: Platform) -> None:
    platform.publish(b"a")

    def away_at_first(_: IncomingMessage) -> Outcome:
        if not platform.holds:
            platform.holds.append(0)
            raise EngineUnavailable(Engine.REDIS, "away")
        return DONE

    await platform.work(away_at_first, at_once)
    assert platform.left() == []


async def test_one_message_that_breaks_the_handler_takes_no_other_with_it(platform: Platform) -> None:
    platform.publish(b"a", b"poison", b"c")

    def break_at_poison(message: IncomingMessage) -> Outcome:
        if message.value == b"poison":
            raise ZeroDivisionError("of ours")
        return DONE

    await platform.work(break_at_poison, lambda: {b"a", b"c"} <= set(platform.seen))
    (retried,) = platform.log.messages(retry_topic(TOPIC, GROUP))
    assert retried.headers[REASON_HEADER] == b"ZeroDivisionError: of ours"


async def test_a_batch_that_takes_long_is_finished_in_parts_and_its_rest_is_left_to_others(platform: Platform) -> None:
    platform.publish(b"first")

    def take_long(message: IncomingMessage) -> Outcome:
        platform.clock.advance(0.4)
        if message.value == b"first":
            platform.publish(*(b"%d" % number for number in range(20)))
        return DONE

    await platform.work(take_long, lambda: len(platform.seen) > 1)
    assert len(platform.seen) == 1 + 12
    assert len(platform.left()) == 8


@pytest.mark.parametrize(
    ("messages", "seconds", "limit", "size"),
    [
        (100, 10.0, 100, 50),
        (100, 0.1, 100, 100),
        (10, 0.0, 100, 100),
        (1, 60.0, 100, 12),  # an eighth at the least
        (16, 60.0, 16, 8),
        (4, 60.0, 4, 4),
    ],
)
def test_a_chunk_is_as_large_as_its_time_allows_and_never_tiny(
    messages: int, seconds: float, limit: int, size: int
) -> None:
    assert chunk_size(messages, seconds, limit) == size


def busy_seconds() -> float:
    return REGISTRY.get_sample_value("worker_busy_seconds_total", {"group": GROUP}) or 0.0


async def test_the_time_in_which_messages_are_handled_is_counted(platform: Platform) -> None:
    before = busy_seconds()
    platform.publish(b"a")

    def take_long(_: IncomingMessage) -> Outcome:
        platform.clock.advance(2)
        return DONE

    await platform.work(take_long, at_once)
    assert busy_seconds() - before == 2
    assert REGISTRY.get_sample_value("worker_in_flight_messages", {"group": GROUP}) == 0


async def test_the_time_of_attempts_that_an_engine_failed_is_not_counted(platform: Platform) -> None:
    before = busy_seconds()
    platform.publish(b"a")
    attempts: list[int] = []

    def wait_at_first(_: IncomingMessage) -> Outcome:
        platform.clock.advance(5)
        attempts.append(1)
        return AWAY if len(attempts) == 1 else DONE

    await platform.work(wait_at_first, lambda: len(attempts) > 1)
    assert busy_seconds() - before == 5


async def test_the_heart_beats_with_every_turn(platform: Platform) -> None:
    platform.clock.advance(60)
    assert not platform.heartbeat.alive()
    platform.publish(b"a")
    await platform.work(lambda _: DONE, at_once)
    assert platform.heartbeat.alive()
