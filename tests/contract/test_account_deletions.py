"""What every AccountDeletions does, and what every other port of the graph then says of a deleted account."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from photo_core.domain.accounts import DeletedAccount, NewAccount, ProfileChange
from photo_core.domain.ids import MAX_ID
from photo_core.errors import Conflict
from tests.support.graphs import Graph, open_graph

NOW_MS = 1_800_000_000_000


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def graph(request: pytest.FixtureRequest) -> AsyncIterator[Graph]:
    async with open_graph(request.param) as opened:
        yield opened


async def disentangled(graph: Graph, user_id: int, at_most: int = 100) -> None:
    while await graph.deletions.disentangle(user_id, at_most):
        pass


async def test_a_deleted_account_is_absent_and_its_name_stays_taken(graph: Graph) -> None:
    ada = secrets.randbits(62)
    name = f"u{secrets.token_hex(12)}"
    await graph.accounts.create(NewAccount(ada, name, "$argon2id$x"))
    await graph.deletions.delete(ada, NOW_MS)
    assert await graph.accounts.get_many([ada]) == {}
    assert await graph.accounts.credentials(name) is None
    assert await graph.accounts.change_profile(ada, ProfileChange(bio="still here")) is None
    with pytest.raises(Conflict):
        await graph.accounts.create(NewAccount(secrets.randbits(62), name, "$argon2id$x"))


async def test_nobody_comes_to_stand_in_any_way_to_a_deleted_account(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.deletions.delete(ada, NOW_MS)
    assert await graph.follows.relation(bob, ada) is None
    assert await graph.follows.follow(bob, ada) is None
    assert await graph.follows.follow(ada, bob) is None
    assert await graph.requests.accept(bob, ada) is None
    assert await graph.restrictions.block(bob, ada) is None
    assert await graph.restrictions.mute(bob, ada) is None


async def test_readers_are_told_to_leave_it_out_until_its_purge_ends(graph: Graph) -> None:
    (ada,) = await graph.people(1)
    begun = (await graph.states.versions([])).state
    await graph.deletions.delete(ada, NOW_MS)
    deleted = await graph.states.changes_since(begun)
    assert deleted.version > begun
    assert ada in deleted.deleted
    await graph.deletions.finish(ada, NOW_MS + 5)
    await graph.deletions.finish(ada, NOW_MS + 6)
    finished = await graph.states.changes_since(deleted.version)
    assert finished.version > deleted.version
    assert ada not in finished.deleted
    assert await graph.accounts.get_many([ada]) == {}


async def test_the_first_deletion_counts(graph: Graph) -> None:
    (ada,) = await graph.people(1)
    for at_ms in (NOW_MS, NOW_MS + 5):
        await graph.deletions.delete(ada, at_ms)
    assert DeletedAccount(ada, NOW_MS) in await graph.deletions.unpurged()
    assert ada in await graph.deletions.deleted_since(NOW_MS)
    assert ada not in await graph.deletions.deleted_since(NOW_MS + 1)
    await graph.deletions.finish(ada, NOW_MS + 6)
    assert ada not in [account.user_id for account in await graph.deletions.unpurged()]
    assert ada in await graph.deletions.deleted_since(NOW_MS)


async def test_a_graph_of_one_version_stays_what_it_was_until_the_follow_is_removed(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.follows.follow(bob, ada)
    await graph.restrictions.mute(bob, ada)
    await graph.deletions.delete(ada, NOW_MS)
    assert (await graph.version(bob), await graph.followees(bob)) == (2, frozenset())
    await disentangled(graph, ada)
    assert (await graph.version(bob), await graph.followees(bob)) == (3, frozenset())


async def test_follows_of_both_directions_go_with_exact_counts_and_new_versions(graph: Graph) -> None:
    ada, *others = await graph.people(8)
    for other in others[:5]:
        await graph.follows.follow(other, ada)
    for other in others[3:]:
        await graph.follows.follow(ada, other)
    await graph.follows.follow(others[0], others[1])
    await graph.deletions.delete(ada, NOW_MS)
    assert await graph.deletions.disentangle(ada, 2)
    await asyncio.gather(*(disentangled(graph, ada, 2) for _ in range(3)))
    assert [await graph.counts(other) for other in others] == [(0, 1), (1, 0), *[(0, 0)] * 5]
    assert [await graph.version(other) for other in others] == [3, *[2] * 4, 0, 0]
    assert await graph.follows.followers_page(ada, MAX_ID, 9) == []
    assert await graph.follows.following_page(ada, MAX_ID, 9) == []


async def test_requests_and_blocks_of_both_directions_are_removed(graph: Graph) -> None:
    ada, bob, eve = await graph.people(3)
    for owner in (ada, bob):
        await graph.requests.make_private(owner)
    await graph.follows.follow(ada, bob)
    await graph.follows.follow(bob, ada)
    await graph.restrictions.block(eve, ada)
    await graph.restrictions.mute(ada, eve)
    await graph.deletions.delete(ada, NOW_MS)
    await disentangled(graph, ada, 1)
    assert await graph.requests.page(bob, MAX_ID, 9) == []
    assert await graph.requests.page(ada, MAX_ID, 9) == []
    assert not await graph.deletions.disentangle(ada, 1)
    assert await graph.counts(bob) == (0, 0)
