"""What every Restrictions does."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.ids import MAX_ID
from photo_core.errors import Refused
from tests.support.graphs import Graph, open_graph


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def graph(request: pytest.FixtureRequest) -> AsyncIterator[Graph]:
    async with open_graph(request.param) as opened:
        yield opened


async def test_a_block_ends_both_follows(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.follows.follow(ada, bob)
    await graph.follows.follow(bob, ada)
    changes = await graph.restrictions.block(ada, bob)
    assert set(changes or ()) == {FollowGraph(one, 2, frozenset()) for one in (ada, bob)}
    for one in (ada, bob):
        assert await graph.followees(one) == frozenset()
        assert await graph.counts(one) == (0, 0)
        assert await graph.version(one) == 2


async def test_a_block_ends_both_requests(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    for one, other in ((ada, bob), (bob, ada)):
        await graph.requests.make_private(one)
        await graph.follows.follow(other, one)
    await graph.restrictions.block(ada, bob)
    for one in (ada, bob):
        assert await graph.requests.page(one, MAX_ID, 10) == []


async def test_blocking_twice_and_each_other_changes_graphs_once_a_block(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.restrictions.block(ada, bob)
    assert await graph.restrictions.block(ada, bob) == ()
    assert set(await graph.restrictions.block(bob, ada) or ()) == {
        FollowGraph(one, 2, frozenset()) for one in (ada, bob)
    }


async def test_unblocking_restores_no_follow_and_allows_a_new_one(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.follows.follow(ada, bob)
    await graph.restrictions.block(bob, ada)
    for _ in range(2):
        assert await graph.restrictions.unblock(bob, ada) == ()
    assert await graph.followees(ada) == frozenset()
    assert (await graph.follows.follow(ada, bob) or pytest.fail("both exist")).following


async def test_a_block_of_the_other_side_outlives_an_unblock(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.restrictions.block(ada, bob)
    await graph.restrictions.unblock(bob, ada)
    with pytest.raises(Refused):
        await graph.follows.follow(bob, ada)


async def test_a_muted_author_leaves_the_feed_and_stays_followed(graph: Graph) -> None:
    ada, bob, eve = await graph.people(3)
    await graph.follows.follow(ada, bob)
    await graph.follows.follow(ada, eve)
    assert await graph.restrictions.mute(ada, bob) == (FollowGraph(ada, 3, frozenset({eve})),)
    assert await graph.restrictions.mute(ada, bob) == ()
    assert await graph.followees(ada) == {eve}
    assert await graph.follows.following_page(ada, MAX_ID, 10) == [eve, bob]
    assert await graph.restrictions.unmute(ada, bob) == (FollowGraph(ada, 4, frozenset({bob, eve})),)
    assert await graph.restrictions.unmute(ada, bob) == ()
    assert await graph.followees(ada) == {bob, eve}


async def test_whoever_is_muted_before_being_followed_is_muted(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.restrictions.mute(ada, bob)
    await graph.follows.follow(ada, bob)
    assert await graph.followees(ada) == frozenset()


async def test_the_ranges_of_a_muted_author_are_not_the_viewers(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.follows.follow(ada, bob)
    await graph.follows.open_pull_range(bob, 5)
    await graph.restrictions.mute(ada, bob)
    assert (await graph.follows.graph(ada)).pull_ranges == ()


async def test_nobody_is_neither_blocked_nor_muted(graph: Graph) -> None:
    (ada,) = await graph.people(1)
    nobody = secrets.randbits(62)
    for change in (
        graph.restrictions.block,
        graph.restrictions.unblock,
        graph.restrictions.mute,
        graph.restrictions.unmute,
    ):
        assert await change(ada, nobody) is None
        assert await change(nobody, ada) is None


async def test_whatever_happens_at_once_counts_are_those_of_the_follows_that_remain(graph: Graph) -> None:
    people = await graph.people(5)
    chance = random.Random(7)

    async def refusable(work: Coroutine[None, None, Any]) -> None:
        try:
            await work
        except Refused:
            return

    for _ in range(6):
        changes = []
        for _ in range(40):
            one, other = chance.sample(people, 2)
            change = chance.choice(
                [
                    graph.follows.follow,
                    graph.follows.follow,
                    graph.follows.unfollow,
                    graph.restrictions.block,
                    graph.restrictions.unblock,
                    graph.requests.accept,
                ]
            )
            changes.append(refusable(change(one, other)))
            changes.append(chance.choice([graph.requests.make_private, graph.requests.make_public])(one))
        await asyncio.gather(*changes)
        await assert_counts_are_exact(graph, people)


async def assert_counts_are_exact(graph: Graph, people: list[int]) -> None:
    following = {one: await graph.follows.following_page(one, MAX_ID, 100) for one in people}
    for one in people:
        followers = [other for other in people if one in following[other]]
        assert sorted(await graph.follows.followers_page(one, MAX_ID, 100)) == sorted(followers)
        assert await graph.counts(one) == (len(followers), len(following[one]))
        relations = await graph.follows.relations(one, people)
        assert not [other for other in following[one] if relations[other].blocked]
        assert set(await graph.requests.page(one, MAX_ID, 100)).isdisjoint(followers)
