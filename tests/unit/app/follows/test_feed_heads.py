import pytest

from photo_app.follows.feed_heads import FeedHeadUpdater
from photo_app.follows.graph_cache import GraphCacheUpdater
from photo_app.http.problems import Problem, not_found
from photo_core.breaker import FAILED_CALLS_TO_OPEN, GOOD_PROBES_TO_CLOSE, RedisGuard, guarded_feed_cache
from photo_core.domain.accounts import Follow, FollowGraph
from photo_core.domain.posts import Post
from photo_core.errors import Engine, EngineUnavailable, Refused
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.feeds import FakeFeedCache
from photo_core.fakes.posts import FakeOutbox, FakePosts
from photo_core.messages.topics import Topic
from photo_core.ports.feeds import Graft
from photo_core.ports.posts import OutboxRecord
from tests.support.graphs import fake_graph

CAP = 3
NOBODY = 4711


class RecordingFeedCache(FakeFeedCache):
    """Remembers what heads were advanced by, and refuses some calls when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.advanced: list[tuple[FollowGraph, Graft]] = []
        self.refused_fences = 0
        self.remembers = True

    async def advance(self, graph: FollowGraph, graft: Graft) -> None:
        await super().advance(graph, graft)
        self.advanced.append((graph, graft))

    async def fence_graph(self, viewer_id: int, version: int) -> None:
        if self.refused_fences > 0:
            self.refused_fences -= 1
            raise EngineUnavailable(Engine.REDIS, "told to fail")
        await super().fence_graph(viewer_id, version)

    async def remember_graph(self, graph: FollowGraph) -> None:
        if not self.remembers:
            raise EngineUnavailable(Engine.REDIS, "told to fail")
        await super().remember_graph(graph)


class World:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        self.graph = fake_graph(self.accounts)
        self.outbox = FakeOutbox()
        self.posts = FakePosts(self.outbox)
        self.cache = RecordingFeedCache()
        self.guard = RedisGuard(self.cache.probe)
        guarded = guarded_feed_cache(self.cache, self.guard)
        self.snapshots = GraphCacheUpdater(self.graph.follows, self.graph.states, guarded, self.guard)
        self.heads = FeedHeadUpdater(self.snapshots, self.posts, guarded, CAP)

    async def post(self, author_id: int, *post_ids: int) -> None:
        for post_id in post_ids:
            event = OutboxRecord(post_id, Topic.POSTS_CREATED, "", b"")
            await self.posts.create(Post(post_id, author_id, "", (), "", 0), event)

    async def follow(self, viewer: int, author: int) -> None:
        async with self.heads.changing(viewer) as fenced:
            followed = await self.graph.follows.follow(viewer, author)
        assert followed is not None
        await self.heads.after_gain(fenced, followed.changes, author)

    async def kept(self, viewer: int) -> FollowGraph | None:
        return (await self.cache.read(viewer)).graph


@pytest.fixture
def world() -> World:
    return World()


async def test_a_head_gains_the_newest_posts_of_a_new_followee(world: World) -> None:
    ada, bob = await world.graph.people(2)
    await world.post(bob, 1, 2, 3, 4)
    await world.follow(ada, bob)
    assert world.cache.advanced == [(FollowGraph(ada, 1, frozenset({bob})), Graft((4, 3, 2), complete_down_to=2))]


async def test_a_timeline_that_fits_a_head_is_complete_to_its_first_post(world: World) -> None:
    ada, bob = await world.graph.people(2)
    await world.post(bob, 1, 2)
    await world.follow(ada, bob)
    assert [graft for _, graft in world.cache.advanced] == [Graft((2, 1), complete_down_to=0)]


async def test_what_changed_nothing_takes_no_head_along_and_leaves_the_graph_of_now(world: World) -> None:
    ada, bob = await world.graph.people(2)
    await world.follow(ada, bob)
    await world.follow(ada, bob)
    assert len(world.cache.advanced) == 1
    assert await world.kept(ada) == FollowGraph(ada, 1, frozenset({bob}))


async def test_a_change_that_is_refused_leaves_the_graph_of_now(world: World) -> None:
    ada, bob = await world.graph.people(2)
    await world.graph.restrictions.block(bob, ada)
    with pytest.raises(Refused):
        await world.follow(ada, bob)
    assert await world.kept(ada) == FollowGraph(ada, 1, frozenset())


async def test_a_block_keeps_the_heads_of_both_sides(world: World) -> None:
    ada, bob = await world.graph.people(2)
    async with world.heads.changing(ada, bob) as fenced:
        changes = await world.graph.restrictions.block(ada, bob)
    await world.heads.after_loss(fenced, changes or ())
    assert world.cache.advanced == [(FollowGraph(one, 1, frozenset()), Graft()) for one in (ada, bob)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_of_changes_at_once_the_newest_graph_is_kept_once_all_were_told(
    world: World, order: tuple[int, int]
) -> None:
    ada, *authors = await world.graph.people(3)
    told: list[tuple[tuple[int, ...], Follow]] = []
    for author in authors:
        async with world.heads.changing(ada) as fenced:
            followed = await world.graph.follows.follow(ada, author)
            assert followed is not None
            told.append((fenced, followed))
    for at in order:
        await world.heads.after_gain(told[at][0], told[at][1].changes, authors[at])
    assert await world.kept(ada) == FollowGraph(ada, 2, frozenset(authors))


async def test_no_graph_is_kept_while_a_change_is_under_way(world: World) -> None:
    ada, bob, eve = await world.graph.people(3)
    await world.follow(ada, bob)
    async with world.heads.changing(ada):
        assert await world.kept(ada) is None
        await world.cache.remember_graph(await world.graph.follows.graph(ada))  # of a reader
        await world.follow(ada, eve)
        assert await world.kept(ada) is None


async def test_without_postgresql_nothing_is_changed(world: World) -> None:
    ada, bob = await world.graph.people(2)
    world.accounts.available = False
    with pytest.raises(EngineUnavailable):
        await world.follow(ada, bob)


async def test_without_cassandra_a_change_stands_and_the_graph_is_told(world: World) -> None:
    ada, bob = await world.graph.people(2)
    world.outbox.available = False
    await world.follow(ada, bob)
    assert world.cache.advanced == []
    assert await world.kept(ada) == FollowGraph(ada, 1, frozenset({bob}))


async def test_without_postgresql_after_the_change_the_graph_is_told(world: World) -> None:
    ada, bob = await world.graph.people(2)
    async with world.heads.changing(ada) as fenced:
        followed = await world.graph.follows.follow(ada, bob)
    assert followed is not None
    world.accounts.available = False
    await world.heads.after_gain(fenced, followed.changes, bob)
    assert await world.kept(ada) == FollowGraph(ada, 1, frozenset({bob}))


async def test_without_redis_a_change_stands_and_the_graph_is_told_once_it_answers(world: World) -> None:
    ada, bob = await world.graph.people(2)
    world.cache.fail()
    await world.follow(ada, bob)
    await world.snapshots.store_pending()
    world.cache.become_reachable()
    for _ in range(GOOD_PROBES_TO_CLOSE):
        await world.guard.probe()
    assert await world.kept(ada) is None
    await world.snapshots.store_pending()
    assert await world.kept(ada) == FollowGraph(ada, 1, frozenset({bob}))


async def test_a_redis_that_answers_others_is_asked_again_for_a_fence(world: World) -> None:
    ada, bob = await world.graph.people(2)
    world.cache.refused_fences = FAILED_CALLS_TO_OPEN - 1
    await world.follow(ada, bob)
    assert await world.kept(ada) == FollowGraph(ada, 1, frozenset({bob}))


async def test_what_redis_does_not_confirm_after_the_change_leaves_no_older_graph(world: World) -> None:
    ada, bob, eve = await world.graph.people(3)
    await world.follow(ada, bob)
    world.cache.remembers = False
    await world.follow(ada, eve)
    assert await world.kept(ada) is None
    world.cache.remembers = True
    await world.snapshots.store_pending()
    assert await world.kept(ada) == FollowGraph(ada, 2, frozenset({bob, eve}))


async def test_of_an_account_that_is_none_nothing_is_kept(world: World) -> None:
    (ada,) = await world.graph.people(1)
    with pytest.raises(Problem):
        async with world.heads.changing(ada, NOBODY):
            raise not_found("user")
    assert await world.kept(NOBODY) is None
