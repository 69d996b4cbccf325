"""media-ingest over fakes: notifications in, announced uploads out, and a sweeper for what was lost."""

import json

import pytest
from prometheus_client import REGISTRY

from photo_core.domain.media import Media, MediaState
from photo_core.domain.media_lifecycle import Encoded, Progressed, Uploaded, advance, original_key
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.errors import EngineUnavailable
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeEventPublisher, FakeLog
from photo_core.fakes.media import FakeMediaRecords
from photo_core.fakes.object_storage import FakeObjectStorage
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
from photo_core.messages.events import MediaUploaded, decode
from photo_core.messages.topics import Topic
from photo_core.ports.events import IncomingMessage
from photo_workers.media_ingest.effects import Ingest
from photo_workers.media_ingest.handler import MediaIngest
from photo_workers.media_ingest.sweeper import Sweeper
from photo_workers.outcomes import DONE, Dead

BODY = b"0123456789"


class World:
    """Everything that media-ingest touches."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.records = FakeMediaRecords()
        self.objects = FakeObjectStorage()
        self.log = FakeLog(self.clock)
        self.ingest = Ingest(self.records, self.objects, FakeEventPublisher(self.log))
        self.handler = MediaIngest(self.ingest, "original")
        self.sweeper = Sweeper(self.ingest, self.clock)

    async def announced(self, media_id: int = 42) -> Media:
        media = Media(media_id, 1, "image/jpeg", len(BODY), original_key(media_id), self.clock.now_ms())
        await self.records.save(media)
        return media

    async def uploaded(self, media_id: int = 42) -> Media:
        media = await self.announced(media_id)
        upload = self.objects.presign_upload(media)
        assert self.objects.receive(upload.url, upload.headers, BODY) == 200
        return media

    def announcements(self) -> list[int]:
        return [decode(m.value, MediaUploaded).media_id for m in self.log.messages(Topic.MEDIA_UPLOADED)]


@pytest.fixture
def world() -> World:
    return World()


def arrival_of(media_id: int, offset: int = 0) -> IncomingMessage:
    record = {
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": "original"}, "object": {"key": f"o/{media_id}"}},
    }
    value = json.dumps({"Records": [record]}).encode()
    return IncomingMessage(Topic.S3_EVENTS, 0, offset, "", value, timestamp_ms=0)


async def test_an_arrival_moves_the_media_on_and_is_announced(world: World) -> None:
    await world.uploaded(42)

    assert await world.handler([arrival_of(42)]) == [DONE]
    assert world.records.by_id[42].state is MediaState.UPLOADED
    assert world.announcements() == [42]


async def test_an_object_that_nobody_announced_is_a_dead_letter(world: World) -> None:
    (outcome,) = await world.handler([arrival_of(99)])

    assert outcome == Dead("no upload was announced for the media [99]")


async def test_a_strange_message_does_not_stop_the_others(world: World) -> None:
    await world.uploaded(42)
    strange = IncomingMessage(Topic.S3_EVENTS, 0, 0, "", b"?", timestamp_ms=0)

    outcomes = await world.handler([strange, arrival_of(42, offset=1)])

    assert isinstance(outcomes[0], Dead)
    assert outcomes[1] == DONE


async def test_a_crash_between_storing_and_announcing_is_repaired_by_redelivery(world: World) -> None:
    await world.uploaded(42)
    world.log.available = False
    with pytest.raises(EngineUnavailable):
        await world.handler([arrival_of(42)])
    world.log.available = True

    assert await world.handler([arrival_of(42)]) == [DONE]
    assert world.announcements() == [42]


async def test_an_upload_after_the_end_is_removed(world: World) -> None:
    media = await world.uploaded(42)
    world.records.by_id[42] = Media(42, 1, "image/jpeg", 10, media.object_key, 0, MediaState.READY, progress=100)

    assert await world.handler([arrival_of(42)]) == [DONE]
    assert await world.objects.head_original(media.object_key) is None


async def test_the_sweeper_finds_an_upload_whose_notification_was_lost(world: World) -> None:
    await world.uploaded(42)
    world.clock.advance(60)

    await world.sweeper.sweep()

    assert world.records.by_id[42].state is MediaState.UPLOADED
    assert world.announcements() == [42]


async def test_the_sweeper_leaves_fresh_uploads_to_their_notification(world: World) -> None:
    await world.uploaded(42)

    await world.sweeper.sweep()

    assert world.announcements() == []


async def test_the_sweeper_expires_what_never_came(world: World) -> None:
    await world.announced(42)
    world.clock.advance(24 * 3600)

    await world.sweeper.sweep()

    assert world.records.by_id[42].state is MediaState.EXPIRED
    assert world.announcements() == []


async def test_the_sweeper_announces_stuck_work_again_every_ten_minutes(world: World) -> None:
    await world.uploaded(42)
    await world.handler([arrival_of(42)])
    world.clock.advance(30)
    await world.sweeper.sweep()
    before = len(world.announcements())

    for _ in range(4 * 20):
        world.clock.advance(15)
        await world.sweeper.sweep()

    assert len(world.announcements()) - before == 2


async def test_the_policy_says_when_what_is_not_finished_is_announced_again(world: World) -> None:
    media = await world.announced()
    await world.records.save(advance(advance(media, Uploaded()), Progressed(10)))
    policies = FakeRuntimePolicies()
    sweeper = Sweeper(world.ingest, world.clock, policies.current)
    await sweeper.sweep()
    world.clock.advance(61)
    await sweeper.sweep()
    assert world.announcements() == []
    policies.obey(RuntimePolicy(reclaim_media_after_seconds=60))
    await sweeper.sweep()
    await sweeper.sweep()
    assert world.announcements() == [42]


async def test_a_media_that_an_encoder_took_long_ago_is_told_as_stuck_until_it_is_finished(world: World) -> None:
    media = await world.announced()
    processing = advance(advance(media, Uploaded()), Progressed(10))
    await world.records.save(processing)
    world.clock.advance(30)
    await world.sweeper.sweep()
    assert REGISTRY.get_sample_value("media_stuck") == 0
    world.clock.advance(120)
    await world.sweeper.sweep()
    assert REGISTRY.get_sample_value("media_stuck") == 1
    await world.records.save(advance(processing, Encoded(())))
    await world.sweeper.sweep()
    assert REGISTRY.get_sample_value("media_stuck") == 0
