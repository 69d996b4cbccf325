from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeDeadLetters, FakeEventPublisher, FakeLog
from photo_core.messages.topics import Group, Topic, dead_letter_topic, retry_topic
from photo_core.ports.events import OutgoingMessage
from photo_workers.dead_letters import replay

PAIR = (Topic.FEED_FANOUT, Group.FANOUT_WORKERS)


async def test_dead_letters_go_back_to_the_retry_topic_once_and_up_to_the_limit() -> None:
    log = FakeLog(FakeClock(), partitions=1)
    for value in (b"a", b"b", b"c"):
        log.append(OutgoingMessage(dead_letter_topic(*PAIR), "key", value))
    dead_letters, publisher = FakeDeadLetters(log, *PAIR), FakeEventPublisher(log)
    assert await replay(dead_letters, publisher, PAIR, limit=2) == 2
    assert await replay(dead_letters, publisher, PAIR, limit=100) == 1
    assert await replay(dead_letters, publisher, PAIR, limit=100) == 0
    assert [message.value for message in log.messages(retry_topic(*PAIR))] == [b"a", b"b", b"c"]
