"""What every Follows does with pull ranges, and what every FeedStates tells of them."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator

import pytest

from photo_core.domain.accounts import AuthorReach, PullRange
from tests.support.graphs import Graph, open_graph


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def graph(request: pytest.FixtureRequest) -> AsyncIterator[Graph]:
    async with open_graph(request.param) as opened:
        yield opened


async def told(graph: Graph, since: int, *authors: int) -> set[PullRange]:
    """Return what has changed of authors; others may be at work beside this test."""
    changes = await graph.states.changes_since(since)
    return {range_ for range_ in changes.pull_ranges if range_.author_id in authors}


async def now(graph: Graph) -> int:
    return (await graph.states.versions([])).state


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


async def test_ranges_that_touch_become_one(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.follows.follow(ada, bob)
    await graph.follows.add_pull_ranges([PullRange(bob, 30, 40), PullRange(bob, 10, 20), PullRange(bob, 60, 70)])
    await graph.follows.add_pull_ranges([PullRange(bob, 21, 29)])
    assert set((await graph.follows.graph(ada)).pull_ranges) == {PullRange(bob, 10, 40), PullRange(bob, 60, 70)}
    await graph.follows.open_pull_range(bob, 35)
    assert (await graph.follows.graph(ada)).pull_ranges == (PullRange(bob, 10),)


async def test_closing_below_the_beginning_keeps_the_beginning(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    await graph.follows.follow(ada, bob)
    await graph.follows.open_pull_range(bob, 100)
    await graph.follows.close_pull_range(bob, 50)
    assert (await graph.follows.graph(ada)).pull_ranges == (PullRange(bob, 100, 100),)


async def test_versions_are_those_of_the_graphs(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    nobody = secrets.randbits(62)
    await graph.follows.follow(ada, bob)
    await graph.follows.unfollow(ada, bob)
    assert (await graph.states.versions([ada, bob, nobody])).graph == {ada: 2, bob: 0, nobody: 0}


async def test_a_head_of_likes_is_outdated_for_its_viewer_alone(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    nobody = secrets.randbits(62)
    for viewer in (ada, ada, nobody):
        await graph.states.outdate_likes(viewer)
    versions = await graph.states.versions([ada, bob, nobody])
    assert versions.liked == {ada: 2, bob: 0, nobody: 0}
    assert versions.graph == {ada: 0, bob: 0, nobody: 0}


async def test_versions_say_when_viewers_were_last_seen(graph: Graph) -> None:
    ada, bob = await graph.people(2)
    nobody, future_ms = secrets.randbits(62), 4_102_444_800_123
    await graph.accounts.touch([ada, bob], future_ms)
    assert (await graph.states.versions([ada, bob, nobody])).seen_at_ms == {ada: future_ms, bob: future_ms, nobody: 0}


async def test_who_is_away_stays_so_until_said_to_be_back(graph: Graph) -> None:
    away, present = await graph.people(2)
    seen_ms, day_ms = 4_102_444_800_000, 86_400_000
    await graph.accounts.touch([away], seen_ms)
    await graph.accounts.touch([present], seen_ms + day_ms)
    at_ms = seen_ms + 31 * day_ms
    await graph.accounts.touch([away, present], at_ms, at_ms - 30 * day_ms)
    assert (await graph.states.versions([away, present])).seen_at_ms == {away: seen_ms, present: at_ms}
    await graph.accounts.touch([away], at_ms)
    assert (await graph.states.versions([away])).seen_at_ms == {away: at_ms}


async def test_every_change_of_a_range_is_told_by_a_newer_state(graph: Graph) -> None:
    bob, eve = await graph.people(2)
    begun = await now(graph)
    await graph.follows.open_pull_range(bob, 100)
    opened = await now(graph)
    assert opened > begun
    await graph.follows.add_pull_ranges([PullRange(eve, 10, 20), PullRange(eve, 30, 40)])
    assert await told(graph, begun, bob, eve) == {PullRange(bob, 100), PullRange(eve, 10, 20), PullRange(eve, 30, 40)}
    assert await told(graph, opened, bob) == set()
    await graph.follows.close_pull_range(bob, 150)
    assert await told(graph, opened, bob) == {PullRange(bob, 100, 150)}
    assert await told(graph, -1, bob, eve) == {PullRange(bob, 100, 150), PullRange(eve, 10, 20), PullRange(eve, 30, 40)}


async def test_all_ranges_of_an_author_are_told_when_one_changes(graph: Graph) -> None:
    (bob,) = await graph.people(1)
    await graph.follows.add_pull_ranges([PullRange(bob, 10, 20), PullRange(bob, 50, 60)])
    since = await now(graph)
    await graph.follows.add_pull_ranges([PullRange(bob, 55, 80)])
    assert await told(graph, since, bob) == {PullRange(bob, 10, 20), PullRange(bob, 50, 80)}


async def test_what_changes_nothing_is_not_told(graph: Graph) -> None:
    (bob,) = await graph.people(1)
    await graph.follows.add_pull_ranges([PullRange(bob, 10, 20)])
    since = await now(graph)
    await graph.follows.add_pull_ranges([PullRange(bob, 12, 15)])
    await graph.follows.close_pull_range(bob, 30)
    await graph.follows.add_pull_ranges([])
    assert await told(graph, since, bob) == set()


async def test_a_hidden_post_is_told_until_it_is_shown_again(graph: Graph) -> None:
    post, other = secrets.randbits(62), secrets.randbits(62)
    begun = await now(graph)
    await graph.states.hide(post)
    await graph.states.hide(post)
    hidden = await graph.states.changes_since(begun)
    assert hidden.version > begun
    assert post in hidden.hidden
    assert post in await graph.states.hidden()
    await graph.states.unhide([post, other])
    shown = await graph.states.changes_since(hidden.version)
    assert shown.version > hidden.version
    assert post not in shown.hidden


async def test_ranges_changed_at_once_are_all_kept(graph: Graph) -> None:
    bob, eve = await graph.people(2)
    begun = await now(graph)
    changes = [
        graph.follows.add_pull_ranges([PullRange(bob, at, at), PullRange(eve, at, at)]) for at in range(0, 40, 2)
    ]
    await asyncio.gather(*changes, *(graph.follows.open_pull_range(bob, at) for at in (100, 90, 95)))
    expected = {PullRange(author, at, at) for author in (bob, eve) for at in range(0, 40, 2)}
    assert await told(graph, begun, bob, eve) == expected | {PullRange(bob, 90)}


async def test_whatever_changes_the_state_at_once_nothing_gets_in_the_way_of_another(graph: Graph) -> None:
    (bob,) = await graph.people(1)
    posts, chance = [secrets.randbits(62) for _ in range(20)], random.Random(5)
    for _ in range(5):
        changes = [graph.states.hide(chance.choice(posts)) for _ in range(20)]
        changes += [graph.states.unhide(chance.sample(posts, 12)) for _ in range(20)]
        changes += [graph.follows.open_pull_range(bob, chance.randrange(100)) for _ in range(5)]
        changes += [graph.follows.close_pull_range(bob, 100 + chance.randrange(100)) for _ in range(5)]
        chance.shuffle(changes)
        await asyncio.gather(*changes)
    await graph.states.unhide(posts)
    assert (await graph.states.hidden()).isdisjoint(posts)
