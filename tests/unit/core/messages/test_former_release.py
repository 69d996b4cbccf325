"""While a new version is rolled out, pods of both versions read what the other has written."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_core.messages import events
from photo_core.messages.topics import Topic
from tests.support.former_messages import READERS, SAMPLES

PRESENT: dict[Topic, Any] = {
    Topic.POSTS_CREATED: events.PostCreated,
    Topic.POSTS_DELETED: events.PostDeleted,
    Topic.INTERACTIONS: events.CountsEvent,
    Topic.FEED_FANOUT: events.FanoutRange,
    Topic.FEED_REBUILD: events.RebuildRange,
    Topic.MEDIA_UPLOADED: events.MediaUploaded,
    Topic.MEDIA_PROCESSED: events.MediaProcessed,
}
IN_THE_STORES_OWN_SHAPE = {Topic.S3_EVENTS}
ids = [f"{topic}-{number}" for number, (topic, _) in enumerate(SAMPLES)]


def test_every_topic_is_looked_at() -> None:
    assert set(PRESENT) == set(READERS) == {topic for topic, _ in SAMPLES} == set(Topic) - IN_THE_STORES_OWN_SHAPE


@pytest.mark.parametrize(("topic", "written"), SAMPLES, ids=ids)
def test_what_the_former_release_wrote_is_read(topic: Topic, written: bytes) -> None:
    read = msgspec.json.decode(written, type=PRESENT[topic])
    known = msgspec.json.decode(written)
    again = msgspec.json.decode(events.encode(read))
    assert {key: again[key] for key in known} == known, "nothing of it is lost on the way through"


@pytest.mark.parametrize(("topic", "written"), SAMPLES, ids=ids)
def test_what_is_written_now_is_read_by_the_former_release(topic: Topic, written: bytes) -> None:
    now = events.encode(msgspec.json.decode(written, type=PRESENT[topic]))
    assert msgspec.json.decode(now, type=READERS[topic]) == msgspec.json.decode(written, type=READERS[topic])


KINDS: tuple[tuple[Topic, type[msgspec.Struct]], ...] = (
    (Topic.POSTS_CREATED, events.PostCreated),
    (Topic.POSTS_DELETED, events.PostDeleted),
    (Topic.INTERACTIONS, events.Interaction),
    (Topic.INTERACTIONS, events.CountsCorrected),
    (Topic.FEED_FANOUT, events.FanoutRange),
    (Topic.FEED_REBUILD, events.RebuildRange),
    (Topic.MEDIA_UPLOADED, events.MediaUploaded),
    (Topic.MEDIA_PROCESSED, events.MediaProcessed),
)


@pytest.mark.parametrize(("topic", "kind"), KINDS, ids=lambda value: getattr(value, "__name__", str(value)))
@given(data=st.data())
def test_whatever_can_be_written_now_is_read_by_the_former_release(
    topic: Topic, kind: type[msgspec.Struct], data: st.DataObject
) -> None:
    event = data.draw(st.builds(kind))
    read = msgspec.json.decode(events.encode(event), type=READERS[topic])
    assert {name: getattr(read, name) for name in read.__struct_fields__} == {
        name: getattr(event, name) for name in read.__struct_fields__
    }
