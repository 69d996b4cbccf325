"""image-encode over fakes, and what is left when it dies at any point."""

import asyncio
import dataclasses
from collections.abc import Callable

import pytest

from photo_core.domain.media import Media, MediaState
from photo_core.domain.media_lifecycle import Uploaded, advance, original_key
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.errors import Engine, EngineUnavailable
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeEventPublisher, FakeLog
from photo_core.fakes.media import FakeMediaLeases, FakeMediaRecords
from photo_core.fakes.object_storage import FakeObjectStorage
from photo_core.messages.events import MediaProcessed, MediaUploaded, decode, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import IncomingMessage
from photo_workers.image_encode.encode_lease import EncodeLease
from photo_workers.image_encode.handler import ImageEncode
from photo_workers.image_encode.threads import Result
from photo_workers.image_encode.validation import POISON_AFTER
from photo_workers.outcomes import ATTEMPTS_HEADER, DONE, Dead, Retry, Unavailable
from tests.support import pictures

MOST_EFFECTS = 30  # more than one photograph has


class Fuse:
    """Fails once, at the nth effect."""

    def __init__(self, burns_at: int = 0) -> None:
        self.left = burns_at

    def use(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise EngineUnavailable(Engine.CASSANDRA, "told to fail")


class FusedRecords(FakeMediaRecords):
    """Fails before or after a record is stored."""

    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self.history: list[Media] = []
        self._fuse = fuse

    async def save(self, media: Media) -> None:
        self._fuse.use()
        await super().save(media)
        self.history.append(media)
        self._fuse.use()


class FusedObjects(FakeObjectStorage):
    """Fails before a variant is stored or an original removed."""

    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self._fuse = fuse

    async def put_variant(self, object_key: str, content_type: str, body: bytes) -> None:
        self._fuse.use()
        await super().put_variant(object_key, content_type, body)

    async def delete_original(self, object_key: str) -> None:
        self._fuse.use()
        await super().delete_original(object_key)


class World:
    """Everything that image-encode touches, with one uploaded media in it."""

    def __init__(self, body: bytes, burns_at: int = 0) -> None:
        fuse = Fuse()
        self.clock = FakeClock()
        self.ended: list[str] = []
        self.records = FusedRecords(fuse)
        self.objects: FakeObjectStorage = FusedObjects(fuse)
        self.log = FakeLog(self.clock)
        self.leases = FakeMediaLeases()
        self.encode = self.encoder("this")
        pending = Media(42, 1, "image/jpeg", len(body), original_key(42), self.clock.now_ms())
        upload = self.objects.presign_upload(pending)
        assert self.objects.receive(upload.url, upload.headers, body) == 200
        self.records.by_id[42] = advance(pending, Uploaded())
        fuse.left = burns_at

    def encoder(self, name: str, policy: RuntimePolicy = RuntimePolicy()) -> ImageEncode:  # noqa: B008 - frozen
        """Start another process."""
        lease = EncodeLease(self.leases, name, self.clock)
        return ImageEncode(
            self.records,
            self.objects,
            FakeEventPublisher(self.log),
            self.clock,
            lease,
            lambda: policy,
            lambda: self.ended.append(name),
        )

    @property
    def media(self) -> Media:
        return self.records.by_id[42]

    def announced(self) -> set[str]:
        return {decode(m.value, MediaProcessed).state for m in self.log.messages(Topic.MEDIA_PROCESSED)}


def message(media_id: int = 42, failures: int = 0) -> IncomingMessage:
    value = encode(MediaUploaded(media_id, original_key(media_id)))
    headers = {ATTEMPTS_HEADER: str(failures).encode()}
    return IncomingMessage(Topic.MEDIA_UPLOADED, 0, 0, str(media_id), value, timestamp_ms=0, headers=headers)


async def test_a_photograph_becomes_ready_with_every_size_stored() -> None:
    world = World(pictures.held(6))

    assert await world.encode([message()]) == [DONE]
    assert world.media.state is MediaState.READY
    assert [(v.size, v.content_type) for v in world.media.variants] == [
        ("thumbnail", "image/webp"),
        ("thumbnail", "image/jpeg"),
        ("small", "image/webp"),
        ("small", "image/jpeg"),
        ("medium", "image/webp"),
        ("medium", "image/jpeg"),
        ("large", "image/webp"),
        ("large", "image/jpeg"),
        ("original", "image/jpeg"),
    ]
    for variant in world.media.variants:
        assert len(world.objects.variants[variant.object_key].body) == variant.bytes
    assert world.announced() == {"READY"}


async def test_the_upload_is_removed_once_its_variants_are_ready() -> None:
    world = World(pictures.held(1))
    await world.encode([message()])

    assert world.objects.originals == {}


async def test_progress_is_told_on_the_way_and_never_falls() -> None:
    world = World(pictures.held(1))
    await world.encode([message()])
    progress = [media.progress for media in world.records.history]

    assert progress == sorted(progress)
    assert progress[0] == 0
    assert progress[-1] == 100
    assert {media.state for media in world.records.history} == {MediaState.PROCESSING, MediaState.READY}


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: pictures.saved(pictures.halves("P"), "GIF"), "(found: GIF). Upload a JPEG, PNG or WebP."),
        (pictures.zip_archive, "(found: a ZIP archive). Upload a JPEG, PNG or WebP."),
        (pictures.bomb_png, "900 megapixels; at most 50 are accepted"),
        (pictures.animated_webp, "an animation of 3 frames"),
        (lambda: pictures.held(1)[:2000], "damaged or incomplete. Upload it again"),
        (lambda: b"\xff\xd8\xff" + bytes(100), "damaged or incomplete. Upload it again"),
    ],
    ids=["gif", "zip", "bomb", "animation", "truncated", "nothing behind the magic"],
)
async def test_what_is_no_photograph_fails_with_a_sentence_for_its_owner(
    make: Callable[[], bytes], reason: str
) -> None:
    world = World(make())

    assert await world.encode([message()]) == [DONE]
    assert world.media.state is MediaState.FAILED
    assert reason in str(world.media.reason)
    assert world.announced() == {"FAILED"}
    assert world.objects.originals == {}
    assert world.objects.variants == {}


async def test_a_second_delivery_changes_nothing() -> None:
    world = World(pictures.held(1))
    await world.encode([message()])
    first = world.media

    assert await world.encode([message()]) == [DONE]
    assert world.media == first


async def test_an_upload_that_is_gone_fails() -> None:
    world = World(pictures.held(1))
    world.objects.originals.clear()

    assert await world.encode([message()]) == [DONE]
    assert world.media.state is MediaState.FAILED
    assert "Upload the photograph again" in str(world.media.reason)


async def test_an_unknown_media_is_a_dead_letter() -> None:
    world = World(pictures.held(1))

    assert await world.encode([message(7)]) == [Dead("there is no record of the media 7")]


@pytest.mark.parametrize("burns_at", range(1, MOST_EFFECTS + 1))
async def test_dying_at_any_point_loses_nothing(burns_at: int) -> None:
    world = World(pictures.held(1), burns_at)
    (outcome,) = await world.encode([message()])
    if world.media.state is not MediaState.READY:
        assert world.objects.originals, "the upload may go only once its variants are ready"
    if isinstance(outcome, Unavailable):
        assert await world.encode([message()]) == [DONE]

    assert world.media.state is MediaState.READY
    assert {v.object_key for v in world.media.variants} <= set(world.objects.variants)
    assert world.announced() == {"READY"}
    assert world.objects.originals == {}


async def test_kafka_away_leaves_the_upload_until_the_end_is_announced() -> None:
    world = World(pictures.held(1))
    world.log.available = False
    (outcome,) = await world.encode([message()])
    assert isinstance(outcome, Unavailable)
    assert world.objects.originals

    world.log.available = True
    assert await world.encode([message()]) == [DONE]
    assert world.objects.originals == {}


class SlowObjects(FakeObjectStorage):
    """Hands out an original after more than a second."""

    async def get_original(self, object_key: str) -> bytes | None:
        await asyncio.sleep(1.1)
        return await super().get_original(object_key)


async def never(_: Callable[[], Result]) -> Result:
    """Be as libvips is over a photograph that it does not come back with."""
    await asyncio.Event().wait()
    raise AssertionError


async def die_over_it(world: World, name: str) -> None:
    """Let an encoder take the photograph and never come back."""
    await world.leases.take(42, name)


async def test_a_photograph_that_kills_encoders_is_put_aside_and_its_owner_told() -> None:
    world = World(pictures.held(1))
    for number in range(POISON_AFTER):
        await die_over_it(world, str(number))
    (outcome,) = await world.encode([message()])
    assert outcome == Dead(f"{POISON_AFTER} encoders died over it and 0 attempts failed")
    assert world.media.state is MediaState.FAILED
    assert "upload it again" in str(world.media.reason)
    assert world.announced() == {"FAILED"}
    assert world.objects.originals == {}


async def test_a_photograph_that_keeps_failing_is_put_aside() -> None:
    world = World(pictures.held(1))
    (outcome,) = await world.encode([message(failures=POISON_AFTER)])
    assert isinstance(outcome, Dead)
    assert world.media.state is MediaState.FAILED


async def test_what_a_dead_encoder_had_in_hand_is_taken_over() -> None:
    world = World(pictures.held(1))
    for number in range(POISON_AFTER - 1):
        await die_over_it(world, str(number))
    assert await world.encode([message(failures=POISON_AFTER - 1)]) == [DONE]
    assert world.media.state is MediaState.READY


async def test_an_engine_that_is_away_for_long_makes_no_photograph_poison() -> None:
    world = World(pictures.held(1))
    world.log.available = False
    for number in range(2 * POISON_AFTER):
        (outcome,) = await world.encoder(str(number))([message()])
        assert isinstance(outcome, Unavailable)
    world.log.available = True
    assert await world.encode([message()]) == [DONE]
    assert world.media.state is MediaState.READY
    assert not world.leases.holders[42]


async def test_what_libvips_does_not_come_back_with_is_left_to_another_encoder_and_this_one_ends() -> None:
    world = World(pictures.held(1))
    hangs = dataclasses.replace(
        world.encoder("slow", RuntimePolicy(reclaim_media_after_seconds=1)), run_in_thread=never
    )
    (outcome,) = await hangs([message()])
    assert isinstance(outcome, Retry)
    assert world.ended == ["slow"]
    assert world.leases.holders[42] == {"slow"}
    assert await world.encoder("other")([message(failures=1)]) == [DONE]
    assert world.media.state is MediaState.READY
    assert world.ended == ["slow"]


async def test_a_store_that_is_slow_makes_no_photograph_poison() -> None:
    world = World(pictures.held(1))
    originals, world.objects = world.objects.originals, SlowObjects()
    world.objects.originals = originals
    assert await world.encoder("this", RuntimePolicy(reclaim_media_after_seconds=1))([message()]) == [DONE]
    assert world.media.state is MediaState.READY
    assert not world.ended
    assert not world.leases.holders[42]
