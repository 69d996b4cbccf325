"""What every Follows does."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from photo_core.domain.accounts import AuthorReach, Follow, FollowerRead, FollowGraph, NewAccount, PullRange
from photo_core.domain.ids import MAX_ID
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.follows import FakeFollows
from photo_core.ports.accounts import Accounts
from photo_core.ports.follows import Follows
from photo_core.stores.postgres.accounts import PostgresAccounts
from photo_core.stores.postgres.follows import PostgresFollows
from tests.support.engines import postgres


@dataclass(frozen=True)
class Graph:
    follows: Follows
    accounts: Accounts

    async def people(self, number: int) -> list[int]:
        ids = sorted(secrets.randbits(62) for _ in range(number))
        for id_ in ids:
            await self.accounts.create(NewAccount(id_, f"u{secrets.token_hex(12)}", "$argon2id$x"))
        return ids

    async def counts(self, user_id: int) -> tuple[int, int]:
        account = (await self.accounts.get_many([user_id]))[user_id]
        return account.follower_count, account.following_count


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def graph(request: pytest.FixtureRequest) -> AsyncIterator[Graph]:
    if request.param == "fake":
        accounts = FakeAccounts()
        yield Graph(FakeFollows(accounts), accounts)
        return
    async with postgres() as pool:
        yield Graph(PostgresFollows(pool), PostgresAccounts(pool))


async def test_following_twice_counts_once(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    assert await graph.follows.follow(ada, bob) == Follow(following=True, follower_count=1)
    assert await graph.follows.follow(ada, bob) == Follow(following=True, follower_count=1)
    assert await graph.counts(ada) == (0, 1)
    assert await graph.counts(bob) == (1, 0)


async def test_unfollowing_twice_counts_once(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.follows.follow(ada, bob)
    assert await graph.follows.unfollow(ada, bob) == Follow(following=False, follower_count=0)
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


async def test_a_pull_range_is_opened_once_and_closed(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.follows.follow(ada, bob)
    await graph.follows.open_pull_range(bob, 100)
    await graph.follows.open_pull_range(bob, 200)
    assert await graph.follows.reach(bob) == AuthorReach(bob, 1, PullRange(bob, 100))
    assert (await graph.follows.graph(ada)).pull_ranges == (PullRange(bob, 100),)
    await graph.follows.close_pull_range(bob, 150)
    await graph.follows.close_pull_range(bob, 160)
    assert await graph.follows.reach(bob) == AuthorReach(bob, 1)
    assert (await graph.follows.graph(ada)).pull_ranges == (PullRange(bob, 100, 150),)


async def test_a_range_that_was_closed_can_be_opened_again(graph: Graph) -> None:
    (bob,) = await graph.people(1)
    await graph.follows.open_pull_range(bob, 100)
    await graph.follows.close_pull_range(bob, 150)
    await graph.follows.open_pull_range(bob, 100)
    assert (await graph.follows.reach(bob)).open_range == PullRange(bob, 100)


async def test_an_open_range_is_extended_down_to_an_older_post(graph: Graph) -> None:
    (bob,) = await graph.people(1)
    await graph.follows.add_pull_ranges([PullRange(bob, 50, 60)])
    await graph.follows.open_pull_range(bob, 100)
    await graph.follows.open_pull_range(bob, 50)
    assert (await graph.follows.reach(bob)).open_range == PullRange(bob, 50)


async def test_closed_ranges_are_added_once_at_their_widest(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.follows.follow(ada, bob)
    for to_id in (20, 30, 25):
        await graph.follows.add_pull_ranges([PullRange(bob, 10, to_id)])
    assert (await graph.follows.graph(ada)).pull_ranges == (PullRange(bob, 10, 30),)


async def test_the_ranges_of_others_are_not_the_viewers(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.follows.open_pull_range(bob, 100)
    assert (await graph.follows.graph(ada)).pull_ranges == ()


async def test_nobodys_reach_is_nothing(graph: Graph) -> None:
    stranger = secrets.randbits(62)
    assert await graph.follows.reach(stranger) == AuthorReach(stranger, 0)
    assert await graph.follows.graph(stranger) == FollowGraph(stranger, 0, frozenset())
