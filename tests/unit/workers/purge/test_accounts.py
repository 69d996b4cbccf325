"""The purge of accounts over fakes: what it removes, when it ends, and what a crash or an engine's absence repeats."""

from collections.abc import Collection, Mapping
from itertools import count
from typing import Any

import pytest

from photo_core.domain.accounts import DeletedAccount, NewAccount
from photo_core.domain.ids import MAX_ID
from photo_core.domain.interactions import Comment
from photo_core.domain.operations import OperationKind, OperationState, Surface, account_deletion_of, state_of
from photo_core.domain.posts import Post
from photo_core.errors import EngineUnavailable
from photo_core.fakes.account_deletions import FakeAccountDeletions
from photo_core.fakes.accounts import FakeAccounts, FakeWorkerIdLeases
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeEventPublisher, FakeLog
from photo_core.fakes.feeds import FakeFeedCache
from photo_core.fakes.follows import FakeFollows
from photo_core.fakes.interactions import FakeComments, FakeLikes, FakeSaves, FakeTouches
from photo_core.fakes.post_cache import FakePostCache
from photo_core.fakes.posts import FakeOutbox, FakePosts
from photo_core.ids import IdMinter, renew_once
from photo_core.messages.events import Interaction, InteractionKind, PostDeleted, decode
from photo_core.messages.topics import Topic
from photo_core.ports.post_cache import BURIED
from photo_core.ports.posts import OutboxRecord
from photo_workers.purge.account_eraser import AccountEraser, Reactions
from photo_workers.purge.accounts import AccountPurge

ADA, BOB, EVE = 17, 18, 19
CREATED = OutboxRecord(1, Topic.POSTS_CREATED, str(ADA), b"")
SETTLED_AFTER_SECONDS = 60


class Killed(Exception):
    """The process ends here."""


class Mortal:
    """A port of a process that is killed at its n-th call from now."""

    def __init__(self, port: Any, lives: Any) -> None:
        self._port = port
        self._lives = lives

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any) -> Any:
            if next(self._lives, 0) == 0:
                raise Killed
            return await getattr(self._port, name)(*arguments)

        return call


class Behind(FakePosts):
    """Posts of which one is in its timeline already and cannot be read yet."""

    unreadable = 0

    async def get_many(self, post_ids: Collection[int]) -> Mapping[int, Post]:
        return await super().get_many([post_id for post_id in post_ids if post_id != self.unreadable])


class World:
    """Ada, whose account is about to go, and all that she has left."""

    def __init__(self) -> None:
        self.clock, self.accounts, self.outbox = FakeClock(), FakeAccounts(), FakeOutbox()
        self.posts, self.follows = Behind(self.outbox), FakeFollows(self.accounts)
        self.deletions = FakeAccountDeletions(self.follows.state)
        self.likes, self.comments = FakeLikes(self.outbox), FakeComments(self.outbox)
        self.saves, self.touches = FakeSaves(self.outbox), FakeTouches(self.outbox)
        self.feeds = FakeFeedCache()
        self.cache, self.log, self.minter = FakePostCache(), FakeLog(self.clock), IdMinter(self.clock)
        self.purge = self.worker(count(1))

    def worker(self, lives: Any) -> AccountPurge:
        """Return a worker that is killed when its lives have run out."""

        def mortal(port: Any) -> Any:
            return Mortal(port, lives)

        reactions = Reactions(mortal(self.likes), mortal(self.comments), mortal(self.saves), mortal(self.touches))
        publisher = FakeEventPublisher(self.log)
        deletions = mortal(self.deletions)
        eraser = AccountEraser(
            mortal(self.posts), mortal(self.cache), reactions, deletions, mortal(publisher), self.minter, self.clock
        )
        operations, feeds = mortal(self.posts.operations), mortal(self.feeds)
        return AccountPurge(deletions, operations, eraser, feeds, self.clock, SETTLED_AFTER_SECONDS * 1000)

    async def begin(self) -> None:
        await renew_once(self.minter, FakeWorkerIdLeases(self.clock), "purge", self.clock)
        for user_id, name in ((ADA, "ada"), (BOB, "bob"), (EVE, "eve")):
            await self.accounts.create(NewAccount(user_id, name, "$argon2id$x", name.title()))
        for follower, followee in ((BOB, ADA), (EVE, ADA), (ADA, EVE), (BOB, EVE)):
            await self.follows.follow(follower, followee)
        for post_id in range(100, 140):
            await self.post(post_id)
        for post_id in range(200, 240):
            await self.react(post_id)

    async def post(self, post_id: int) -> None:
        await self.posts.create(Post(post_id, ADA, "ada", (), "dusk", self.clock.now_ms()), CREATED)

    async def react(self, post_id: int) -> None:
        for user_id in (ADA, BOB):
            await self.likes.like(post_id, user_id, 1)
            await self.likes.remember(user_id, post_id, 1)
            await self.comments.create(Comment(post_id * 100 + user_id, post_id, user_id, "x", "oh", 1))
            await self.saves.save(user_id, post_id)

    async def delete(self) -> None:
        await self.deletions.delete(ADA, self.clock.now_ms())

    async def state(self) -> OperationState | None:
        operation = await self.posts.operations.get(ADA)
        return None if operation is None else state_of(operation)

    async def finished(self) -> bool:
        return await self.deletions.unpurged() == []

    def interactions(self) -> list[tuple[InteractionKind, int, int]]:
        events = [decode(message.value, Interaction) for message in self.log.messages(Topic.INTERACTIONS)]
        return sorted((event.kind, event.post_id, event.user_id) for event in events)

    async def assert_nothing_is_left(self) -> None:
        assert await self.posts.timeline(ADA, MAX_ID, 1) == []
        assert await self.likes.newest_liked(ADA, MAX_ID, 1) == []
        assert await self.comments.by_author(ADA, MAX_ID, 1) == []
        assert await self.saves.page(ADA, MAX_ID, 1) == []
        people = await self.accounts.get_many([BOB, EVE])
        assert [(each.follower_count, each.following_count) for each in people.values()] == [(0, 1), (1, 0)]
        for post_id in range(200, 240):
            assert await self.likes.count(post_id, 9) == await self.comments.count(post_id, 9) == 1
            assert await self.saves.page(BOB, post_id + 1, 1) == [post_id]


@pytest.fixture
async def world() -> World:
    world = World()
    await world.begin()
    return world


async def test_everything_goes_at_once_and_the_operation_ends_when_nothing_more_can_come(world: World) -> None:
    await world.delete()
    await world.purge.purge_accounts()
    await world.assert_nothing_is_left()
    assert (await world.state(), await world.finished()) == (OperationState.RUNNING, False)
    await world.post(141)
    await world.react(241)
    world.clock.advance(SETTLED_AFTER_SECONDS)
    await world.purge.purge_accounts()
    await world.assert_nothing_is_left()
    assert (await world.state(), await world.finished()) == (OperationState.DONE, True)


async def test_posts_are_deleted_as_by_their_author(world: World) -> None:
    await world.delete()
    await world.purge.purge_accounts()
    assert (await world.cache.read([100, 139])).found == {100: BURIED, 139: BURIED}
    operation = await world.posts.operations.get(139)
    assert operation is not None
    assert operation.kind is OperationKind.DELETE_POST
    world.clock.advance(SETTLED_AFTER_SECONDS)
    events = [record for record in await world.outbox.due(world.clock.now_ms()) if record.topic == Topic.POSTS_DELETED]
    assert {decode(record.value, PostDeleted).post_id for record in events} == set(range(100, 140))


async def test_every_like_and_comment_that_goes_is_told_once_to_the_counter(world: World) -> None:
    await world.delete()
    await world.purge.purge_accounts()
    await world.purge.purge_accounts()
    kinds = (InteractionKind.COMMENT_DELETED, InteractionKind.UNLIKED)
    assert world.interactions() == [(kind, post_id, ADA) for kind in kinds for post_id in range(200, 240)]
    assert await world.touches.touched(world.clock.now_ms() // 60_000) == list(range(200, 240))


async def test_what_the_account_said_of_itself_is_forgotten(world: World) -> None:
    await world.delete()
    world.clock.advance(SETTLED_AFTER_SECONDS)
    await world.purge.purge_accounts()
    await world.purge.purge_accounts()
    assert await world.finished()
    assert await world.deletions.deleted_since(0) == {ADA}


async def test_an_operation_that_the_api_has_begun_is_gone_on_with(world: World) -> None:
    await world.delete()
    (account,) = await world.deletions.unpurged()
    begun = account_deletion_of(DeletedAccount(ADA, account.deleted_at_ms - 1))
    await world.posts.operations.begin(begun)
    world.clock.advance(SETTLED_AFTER_SECONDS)
    await world.purge.purge_accounts()
    operation = await world.posts.operations.get(ADA)
    assert operation is not None
    assert operation.started_at_ms == begun.started_at_ms
    assert set(operation.ended) == {Surface.POSTS, Surface.REACTIONS, Surface.GRAPH}


async def test_a_surface_whose_engine_is_away_keeps_no_other_waiting_and_is_cleared_later(world: World) -> None:
    await world.delete()
    world.cache.fail()
    world.clock.advance(SETTLED_AFTER_SECONDS)
    await world.purge.purge_accounts()
    operation = await world.posts.operations.get(ADA)
    assert operation is not None
    assert set(operation.ended) == {Surface.REACTIONS, Surface.GRAPH}
    assert not await world.finished()
    world.cache.recover()
    await world.purge.purge_accounts()
    assert (await world.state(), await world.finished()) == (OperationState.DONE, True)


async def test_pages_without_postgresql_are_told_until_nothing_is_left(world: World) -> None:
    await world.delete()
    for _ in range(2):
        await world.purge.purge_accounts()
        assert await world.feeds.marked_deleted() == {ADA}
        world.feeds.lose_everything()
    world.clock.advance(SETTLED_AFTER_SECONDS)
    await world.purge.purge_accounts()
    assert (await world.feeds.marked_deleted(), await world.finished()) == (frozenset(), True)


async def test_what_redis_does_not_confirm_keeps_no_surface_waiting_and_the_account_unpurged(world: World) -> None:
    await world.delete()
    world.feeds.fail()
    world.clock.advance(SETTLED_AFTER_SECONDS)
    await world.purge.purge_accounts()
    assert (await world.state(), await world.finished()) == (OperationState.DONE, False)
    world.feeds.become_reachable()
    await world.purge.purge_accounts()
    assert await world.finished()


async def test_without_a_worker_number_posts_wait(world: World) -> None:
    await world.delete()
    world.clock.advance(7200)
    await world.purge.purge_accounts()
    assert not await world.finished()
    assert len(await world.posts.timeline(ADA, MAX_ID, 99)) == 40


async def test_a_post_that_cannot_be_read_yet_keeps_the_operation_open(world: World) -> None:
    await world.delete()
    world.clock.advance(SETTLED_AFTER_SECONDS)
    world.posts.unreadable = 120
    await world.purge.purge_accounts()
    assert await world.posts.timeline(ADA, MAX_ID, 9) == [120]
    assert (await world.state(), await world.finished()) == (OperationState.RUNNING, False)
    world.posts.unreadable = 0
    await world.purge.purge_accounts()
    assert (await world.state(), await world.finished()) == (OperationState.DONE, True)


async def test_while_postgresql_or_cassandra_is_away_nothing_is_lost(world: World) -> None:
    await world.delete()
    for switch in (world.accounts, world.outbox):
        switch.available = False
        with pytest.raises(EngineUnavailable):
            await world.purge.purge_accounts()
        switch.available = True
    world.clock.advance(SETTLED_AFTER_SECONDS)
    await world.purge.purge_accounts()
    assert await world.finished()


async def test_a_worker_that_is_killed_at_any_step_leaves_the_rest_to_the_next(world: World) -> None:
    await world.delete()
    world.clock.advance(SETTLED_AFTER_SECONDS)
    deaths = 0
    while not await world.finished():
        lives = iter(range(3 + deaths, -1, -1))
        try:
            await world.worker(lives).purge_accounts()
        except Killed:
            deaths += 1
    await world.assert_nothing_is_left()
    assert await world.state() is OperationState.DONE
    assert deaths > 5


async def test_several_workers_at_once_tell_each_change_once(world: World) -> None:
    await world.delete()
    world.clock.advance(SETTLED_AFTER_SECONDS)
    for worker in [world.worker(count(1)) for _ in range(3)]:
        await worker.purge_accounts()
    await world.assert_nothing_is_left()
    assert len(world.interactions()) == 80
