import pytest

from photo_app.follows.heads import HeadsTakenAlong
from photo_core.domain.accounts import FollowGraph, GraphChange
from photo_core.domain.posts import Post
from photo_core.errors import Engine, EngineUnavailable
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.feeds import FakeFeedCache
from photo_core.fakes.posts import FakeOutbox, FakePosts
from photo_core.messages.topics import Topic
from photo_core.ports.feeds import Graft
from photo_core.ports.posts import OutboxRecord
from tests.support.graphs import fake_graph

CAP = 3


class RecordingFeedCache(FakeFeedCache):
    """Remembers what heads were advanced by."""

    def __init__(self) -> None:
        super().__init__()
        self.advanced: list[tuple[FollowGraph, Graft]] = []
        self.available = True

    async def advance(self, graph: FollowGraph, graft: Graft) -> None:
        if not self.available:
            raise EngineUnavailable(Engine.REDIS, "told to fail")
        self.advanced.append((graph, graft))


class World:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        self.graph = fake_graph(self.accounts)
        self.outbox = FakeOutbox()
        self.posts = FakePosts(self.outbox)
        self.cache = RecordingFeedCache()
        self.heads = HeadsTakenAlong(self.graph.follows, self.posts, self.cache, CAP)

    async def post(self, author_id: int, *post_ids: int) -> None:
        for post_id in post_ids:
            event = OutboxRecord(post_id, Topic.POSTS_CREATED, "", b"")
            await self.posts.create(Post(post_id, author_id, "", (), "", 0), event)

    async def follow(self, viewer: int, author: int) -> tuple[GraphChange, ...]:
        followed = await self.graph.follows.follow(viewer, author)
        assert followed is not None
        return followed.changes


@pytest.fixture
def world() -> World:
    return World()


async def test_a_head_gains_the_newest_posts_of_a_new_followee(world: World) -> None:
    ada, bob = await world.graph.people(2)
    await world.post(bob, 1, 2, 3, 4)
    await world.heads.after_gain(await world.follow(ada, bob), bob)
    assert world.cache.advanced == [(FollowGraph(ada, 1, frozenset({bob})), Graft((4, 3, 2), complete_down_to=2))]


async def test_a_timeline_that_fits_a_head_is_complete_to_its_first_post(world: World) -> None:
    ada, bob = await world.graph.people(2)
    await world.post(bob, 1, 2)
    await world.heads.after_gain(await world.follow(ada, bob), bob)
    assert [graft for _, graft in world.cache.advanced] == [Graft((2, 1), complete_down_to=0)]


async def test_what_changed_nothing_takes_nothing_along(world: World) -> None:
    ada, bob = await world.graph.people(2)
    await world.follow(ada, bob)
    await world.heads.after_gain(await world.follow(ada, bob), bob)
    assert world.cache.advanced == []


async def test_a_change_that_another_has_overtaken_takes_nothing_along(world: World) -> None:
    ada, bob, eve = await world.graph.people(3)
    overtaken = await world.follow(ada, bob)
    newest = await world.follow(ada, eve)
    await world.heads.after_gain(overtaken, bob)
    assert world.cache.advanced == []
    await world.heads.after_gain(newest, eve)
    assert [graph.version for graph, _ in world.cache.advanced] == [2]


async def test_a_block_keeps_the_heads_of_both_sides(world: World) -> None:
    ada, bob = await world.graph.people(2)
    await world.heads.after_loss(await world.graph.restrictions.block(ada, bob) or ())
    assert world.cache.advanced == [(FollowGraph(one, 1, frozenset()), Graft()) for one in (ada, bob)]


@pytest.mark.parametrize("engine", [Engine.REDIS, Engine.CASSANDRA, Engine.POSTGRES])
async def test_a_change_that_is_stored_stands_whatever_engine_is_away(world: World, engine: Engine) -> None:
    ada, bob = await world.graph.people(2)
    changes = await world.follow(ada, bob)
    world.cache.available = engine is not Engine.REDIS
    world.outbox.available = engine is not Engine.CASSANDRA
    world.accounts.available = engine is not Engine.POSTGRES
    await world.heads.after_gain(changes, bob)
    await world.heads.after_loss(changes)
    assert len(world.cache.advanced) == (1 if engine is Engine.CASSANDRA else 0)
