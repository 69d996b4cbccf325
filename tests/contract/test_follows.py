"""What every Follows does."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from photo_core.domain.accounts import AuthorReach, Follow, FollowerRead, FollowGraph
from photo_core.domain.ids import MAX_ID
from photo_core.domain.visibility import Relation
from photo_core.errors import Refused
from tests.support.graphs import Graph, open_graph


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def graph(request: pytest.FixtureRequest) -> AsyncIterator[Graph]:
    async with open_graph(request.param) as opened:
        yield opened


async def test_following_twice_counts_once(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    changes = (FollowGraph(ada, 1, frozenset({bob})),)
    assert await graph.follows.follow(ada, bob) == Follow(following=True, follower_count=1, changes=changes)
    assert await graph.follows.follow(ada, bob) == Follow(following=True, follower_count=1)
    assert await graph.counts(ada) == (0, 1)
    assert await graph.counts(bob) == (1, 0)


async def test_unfollowing_twice_counts_once(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.follows.follow(ada, bob)
    changes = (FollowGraph(ada, 2, frozenset()),)
    assert await graph.follows.unfollow(ada, bob) == Follow(following=False, follower_count=0, changes=changes)
    assert await graph.follows.unfollow(ada, bob) == Follow(following=False, follower_count=0)
    assert await graph.counts(ada) == (0, 0)


async def test_nobody_cannot_be_followed_nor_follow(graph: Graph) -> None:
    (ada,) = await graph.people(1)
    stranger = secrets.randbits(62)
    assert await graph.follows.follow(ada, stranger) is None
    assert await graph.follows.follow(stranger, ada) is None
    assert await graph.follows.unfollow(ada, stranger) is None
    assert await graph.counts(ada) == (0, 0)


async def test_the_graph_version_grows_with_real_changes_only(graph: Graph) -> None:
    ada, bob, eve = await graph.people(3)
    assert await graph.follows.graph(ada) == FollowGraph(ada, 0, frozenset())
    await graph.follows.follow(ada, bob)
    await graph.follows.follow(ada, bob)
    await graph.follows.follow(eve, ada)
    assert await graph.follows.graph(ada) == FollowGraph(ada, 1, frozenset({bob}))
    await graph.follows.unfollow(ada, bob)
    assert await graph.follows.graph(ada) == FollowGraph(ada, 2, frozenset())


async def test_everybody_following_everybody_at_once_counts_exactly(graph: Graph) -> None:
    people = await graph.people(5)
    pairs = [(one, other) for one in people for other in people if one != other]
    await asyncio.gather(*(graph.follows.follow(*pair) for pair in [*pairs, *pairs]))
    assert [await graph.counts(one) for one in people] == [(4, 4)] * 5
    await asyncio.gather(*(graph.follows.unfollow(*pair) for pair in [*pairs, *pairs]))
    assert [await graph.counts(one) for one in people] == [(0, 0)] * 5


async def test_pages_are_highest_first_below_an_id(graph: Graph) -> None:
    ada, *others = await graph.people(4)
    for other in others:
        await graph.follows.follow(other, ada)
        await graph.follows.follow(ada, other)
    for read in (graph.follows.followers_page, graph.follows.following_page):
        assert await read(ada, MAX_ID, 2) == others[:0:-1]
        assert await read(ada, others[1], 2) == others[:1]


async def test_follower_ranges_hold_every_follower_once(graph: Graph) -> None:
    ada, *others = await graph.people(6)
    for other in others:
        await graph.follows.follow(other, ada)
    ranges = [range_ async for range_ in graph.follows.follower_ranges(FollowerRead(ada, 2))]
    assert [len(range_) for range_ in ranges] == [2, 2, 1]
    assert sorted(id_ for range_ in ranges for id_ in range_) == others


async def test_follower_ranges_are_of_one_snapshot(graph: Graph) -> None:
    ada, *others = await graph.people(5)
    for other in others[:3]:
        await graph.follows.follow(other, ada)
    ranges = graph.follows.follower_ranges(FollowerRead(ada, 1))
    seen = list(await anext(ranges))
    await graph.follows.follow(others[3], ada)
    seen += [id_ async for range_ in ranges for id_ in range_]
    assert sorted(seen) == others[:3]


async def test_active_followers_come_first_and_those_long_away_are_left_out(graph: Graph) -> None:
    ada, *others = await graph.people(7)
    for other in others:
        await graph.follows.follow(other, ada)
    far = 4_000_000_000_000
    wanted = FollowerRead(ada, 2, active_since_ms=far - 1_000, unseen_since_ms=far - 10_000)
    await graph.accounts.touch(others[:1], far - 10_001)
    await graph.accounts.touch(others[1:4], far - 10_000)
    await graph.accounts.touch(others[4:], far - 1_000)
    ranges = [set(range_) async for range_ in graph.follows.follower_ranges(wanted)]
    assert ranges == [set(others[4:]), {others[1], others[2]}, {others[3]}]


async def test_whoever_has_just_registered_is_active(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.follows.follow(bob, ada)
    wanted = FollowerRead(ada, 10, active_since_ms=1_600_000_000_000, unseen_since_ms=1_600_000_000_000)
    assert [range_ async for range_ in graph.follows.follower_ranges(wanted)] == [(bob,)]


async def test_nobody_grows_younger_by_being_seen_earlier(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.follows.follow(bob, ada)
    for at_ms in (4_000_000_000_000, 3_900_000_000_000):
        await graph.accounts.touch([bob, secrets.randbits(62)], at_ms)
    wanted = FollowerRead(ada, 10, unseen_since_ms=4_000_000_000_000)
    assert [range_ async for range_ in graph.follows.follower_ranges(wanted)] == [(bob,)]


async def test_nobodys_reach_is_nothing(graph: Graph) -> None:
    stranger = secrets.randbits(62)
    assert await graph.follows.reach(stranger) == AuthorReach(stranger, 0)
    assert await graph.follows.graph(stranger) == FollowGraph(stranger, 0, frozenset())


async def test_a_relation_tells_what_stands_between_two(graph: Graph) -> None:
    ada, bob, eve, dan = await graph.people(4)
    await graph.follows.follow(ada, bob)
    await graph.restrictions.mute(ada, bob)
    await graph.restrictions.block(ada, eve)
    await graph.restrictions.block(dan, ada)
    await graph.requests.make_private(dan)
    nobody = secrets.randbits(62)
    assert await graph.follows.relations(ada, [ada, bob, eve, dan, nobody]) == {
        ada: Relation(ada, ada),
        bob: Relation(ada, bob, following=True, muted=True),
        eve: Relation(ada, eve, blocking=True),
        dan: Relation(ada, dan, private=True, blocked_by=True),
    }
    assert await graph.follows.relation(bob, ada) == Relation(bob, ada)
    assert await graph.follows.relation(ada, nobody) is None


async def test_a_private_account_is_asked_and_not_followed(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.requests.make_private(bob)
    for _ in range(2):
        assert await graph.follows.follow(ada, bob) == Follow(following=False, follower_count=0, requested=True)
    assert await graph.requests.page(bob, MAX_ID, 10) == [ada]
    assert await graph.version(ada) == 0


async def test_unfollowing_withdraws_a_request(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.requests.make_private(bob)
    await graph.follows.follow(ada, bob)
    assert await graph.follows.unfollow(ada, bob) == Follow(following=False, follower_count=0)
    assert await graph.requests.page(bob, MAX_ID, 10) == []


async def test_a_follower_of_an_account_that_became_private_stays(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.follows.follow(ada, bob)
    await graph.requests.make_private(bob)
    assert await graph.follows.follow(ada, bob) == Follow(following=True, follower_count=1)
    assert await graph.requests.page(bob, MAX_ID, 10) == []


@pytest.mark.parametrize("blocker", [0, 1])
async def test_nobody_follows_across_a_block(graph: Graph, blocker: int) -> None:
    pair = await graph.people(2)
    await graph.restrictions.block(pair[blocker], pair[1 - blocker])
    for follower, followee in (pair, pair[::-1]):
        with pytest.raises(Refused):
            await graph.follows.follow(follower, followee)
        assert await graph.follows.unfollow(follower, followee) == Follow(following=False, follower_count=0)
