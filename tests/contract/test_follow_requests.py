"""What every FollowRequests does."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from photo_core.domain.accounts import Follow, FollowGraph
from photo_core.domain.ids import MAX_ID
from tests.support.graphs import Graph, open_graph


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def graph(request: pytest.FixtureRequest) -> AsyncIterator[Graph]:
    async with open_graph(request.param) as opened:
        yield opened


async def private_account_with_requests(graph: Graph, number: int) -> tuple[int, list[int]]:
    owner, *requesters = await graph.people(number + 1)
    await graph.requests.make_private(owner)
    for requester in requesters:
        await graph.follows.follow(requester, owner)
    return owner, requesters


async def test_an_accepted_request_is_a_follow(graph: Graph) -> None:
    owner, (ada, eve) = await private_account_with_requests(graph, 2)
    accepted = Follow(following=True, follower_count=1, changes=(FollowGraph(ada, 1, frozenset({owner})),))
    assert await graph.requests.accept(owner, ada) == accepted
    assert await graph.requests.accept(owner, ada) == Follow(following=True, follower_count=1)
    assert await graph.requests.page(owner, MAX_ID, 10) == [eve]
    assert await graph.followees(ada) == {owner}
    assert await graph.counts(owner) == (1, 0)


async def test_a_declined_request_is_gone_and_can_be_made_again(graph: Graph) -> None:
    owner, (ada,) = await private_account_with_requests(graph, 1)
    for _ in range(2):
        assert await graph.requests.decline(owner, ada) == Follow(following=False, follower_count=0)
    assert await graph.follows.follow(ada, owner) == Follow(following=False, follower_count=0, requested=True)


async def test_whoever_has_not_asked_is_not_made_a_follower(graph: Graph) -> None:
    owner, ada = await graph.people(2)
    assert await graph.requests.accept(owner, ada) == Follow(following=False, follower_count=0)
    assert await graph.followees(ada) == frozenset()


async def test_declining_does_not_end_a_follow(graph: Graph) -> None:
    owner, ada = await graph.people(2)
    await graph.follows.follow(ada, owner)
    assert await graph.requests.decline(owner, ada) == Follow(following=True, follower_count=1)


async def test_nobodys_request_is_nothing(graph: Graph) -> None:
    (owner,) = await graph.people(1)
    assert await graph.requests.accept(owner, secrets.randbits(62)) is None
    assert await graph.requests.decline(owner, secrets.randbits(62)) is None


async def test_requests_are_paged_highest_first(graph: Graph) -> None:
    owner, requesters = await private_account_with_requests(graph, 4)
    assert await graph.requests.page(owner, MAX_ID, 2) == requesters[:1:-1]
    assert await graph.requests.page(owner, requesters[2], 5) == requesters[1::-1]


async def test_a_public_account_has_accepted_everybody_who_asked(graph: Graph) -> None:
    owner, requesters = await private_account_with_requests(graph, 3)
    await graph.follows.follow(owner, requesters[0])
    for _ in range(2):
        await graph.requests.make_public(owner)
    assert not (await graph.account(owner)).private
    assert await graph.requests.page(owner, MAX_ID, 10) == []
    assert await graph.counts(owner) == (3, 1)
    for requester in requesters:
        assert await graph.followees(requester) == {owner}
        assert await graph.version(requester) == 1


async def test_requests_made_while_the_account_opens_and_closes_are_counted_once(graph: Graph) -> None:
    owner, *requesters = await graph.people(9)
    await graph.requests.make_private(owner)
    asked = [graph.follows.follow(requester, owner) for requester in requesters]
    await asyncio.gather(*asked, graph.requests.make_public(owner), graph.requests.make_private(owner))
    await graph.requests.make_public(owner)
    assert await graph.counts(owner) == (8, 0)
    for requester in requesters:
        assert await graph.followees(requester) == {owner}
        assert await graph.counts(requester) == (0, 1)
