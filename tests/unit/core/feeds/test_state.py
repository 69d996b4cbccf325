"""Versions of now, and what is held in memory by version."""

import asyncio
from collections.abc import Collection

import pytest

from photo_core.domain.accounts import FollowGraph, NewAccount, PullRange
from photo_core.errors import EngineUnavailable
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.feed_state import FakeFeedStates
from photo_core.fakes.follows import FakeFollows
from photo_core.feeds.state import VIEWER_WEIGHT, FeedState, Graphs, VersionsOfNow, ViewerVersions
from photo_core.ports.feed_state import FeedStateChanges, Versions

VIEWER, AUTHOR, OTHER = 1, 2, 3
SEEN_AT_MS = 7


class CountedStates(FakeFeedStates):
    """Remembers its questions, and answers each when let."""

    def __init__(self, follows: FakeFollows) -> None:
        super().__init__(follows.state)
        self.asked: list[set[int]] = []
        self.loads: list[int] = []
        self.answering = asyncio.Event()
        self.answering.set()
        self.was_asked = asyncio.Event()

    async def versions(self, viewers: Collection[int]) -> Versions:
        self.asked.append(set(viewers))
        versions = await super().versions(viewers)
        self.was_asked.set()
        await self.answering.wait()
        return versions

    async def changes_since(self, version: int) -> FeedStateChanges:
        self.loads.append(version)
        return await super().changes_since(version)


@pytest.fixture
async def accounts() -> FakeAccounts:
    people = FakeAccounts()
    for user_id in (VIEWER, AUTHOR, OTHER):
        await people.create(NewAccount(user_id, f"person{user_id}", "no password"))
    await people.touch([VIEWER, AUTHOR, OTHER], SEEN_AT_MS)
    return people


@pytest.fixture
def follows(accounts: FakeAccounts) -> FakeFollows:
    return FakeFollows(accounts)


@pytest.fixture
def states(follows: FakeFollows) -> CountedStates:
    return CountedStates(follows)


async def test_a_request_never_joins_a_query_that_began_before_it(states: CountedStates, follows: FakeFollows) -> None:
    versions = VersionsOfNow(states)
    states.answering.clear()
    early = versions.of(VIEWER)
    await states.was_asked.wait()
    await follows.follow(VIEWER, AUTHOR)
    late = [versions.of(viewer) for viewer in (VIEWER, VIEWER, OTHER)]
    states.answering.set()
    assert await early == ViewerVersions(0, 0, SEEN_AT_MS)
    assert await asyncio.gather(*late) == [ViewerVersions(version, 0, SEEN_AT_MS) for version in (1, 1, 0)]
    assert states.asked == [{VIEWER}, {VIEWER, OTHER}]


async def test_the_state_is_loaded_once_a_version(states: CountedStates, follows: FakeFollows) -> None:
    state = FeedState(states)
    await follows.open_pull_range(AUTHOR, 5)
    await asyncio.gather(state.reach(1), state.reach(1))
    await state.reach(1)
    assert len(states.loads) <= 2
    await states.hide(9)
    await state.reach(2)
    assert states.loads[-1] == 1
    assert state.hidden == {9}


async def test_ranges_are_those_of_followees_and_of_the_viewer(states: CountedStates, follows: FakeFollows) -> None:
    state = FeedState(states)
    for author in (VIEWER, AUTHOR, OTHER):
        await follows.open_pull_range(author, 5)
    await state.reach(3)
    graph = FollowGraph(VIEWER, 1, frozenset({AUTHOR}))
    assert set(state.ranges_of(graph)) == {PullRange(VIEWER, 5), PullRange(AUTHOR, 5)}


async def test_the_ranges_of_an_author_are_replaced_as_a_whole(states: CountedStates, follows: FakeFollows) -> None:
    state = FeedState(states)
    await follows.open_pull_range(AUTHOR, 5)
    await state.reach(1)
    await follows.open_pull_range(AUTHOR, 3)
    await follows.close_pull_range(AUTHOR, 8)
    await state.reach(3)
    assert state.ranges_of(FollowGraph(VIEWER, 1, frozenset({AUTHOR}))) == (PullRange(AUTHOR, 3, 8),)


async def test_what_is_known_of_the_state_stays_while_it_cannot_be_read(
    states: CountedStates, accounts: FakeAccounts
) -> None:
    state = FeedState(states)
    await states.hide(9)
    await state.reach(1)
    accounts.available = False
    with pytest.raises(EngineUnavailable):
        await state.reach(2)
    assert state.hidden == {9}


async def test_graphs_are_held_and_a_newer_one_is_never_replaced_by_an_older(follows: FakeFollows) -> None:
    graphs = Graphs(follows)
    assert graphs.held(VIEWER) is None
    await follows.follow(VIEWER, AUTHOR)
    newer = await graphs.read(VIEWER)
    graphs.keep(FollowGraph(VIEWER, 0, frozenset()))
    assert graphs.held(VIEWER) == newer == FollowGraph(VIEWER, 1, frozenset({AUTHOR}))


async def test_graphs_beyond_the_bound_are_forgotten(follows: FakeFollows) -> None:
    graphs = Graphs(follows, followees_held=2 * VIEWER_WEIGHT + 1)
    for viewer in (1, 2):
        graphs.keep(FollowGraph(viewer, 0, frozenset()))
    assert graphs.held(1) is not None
    graphs.keep(FollowGraph(3, 0, frozenset({1})))
    assert [viewer for viewer in (1, 2, 3) if graphs.held(viewer)] == [1, 3]
