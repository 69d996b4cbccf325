import pytest

from photo_app.http.problems import Problem
from photo_app.visibility import Visibility
from photo_core.domain.accounts import NewAccount
from photo_core.domain.posts import Post
from photo_core.errors import EngineUnavailable
from photo_core.fakes.accounts import FakeAccounts
from tests.support.graphs import Graph, fake_graph

VIEWER, AUTHOR, NOBODY = 1, 2, 3
POST = Post(7, AUTHOR, "", (), "", 0)


class World:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        self.graph: Graph = fake_graph(self.accounts)
        self.visibility = Visibility(self.graph.follows)


@pytest.fixture
async def world() -> World:
    made = World()
    for person in (VIEWER, AUTHOR):
        await made.accounts.create(NewAccount(person, f"user{person}", ""))
    return made


async def refusals(world: World) -> list[str]:
    """Return in what words each surface of the author is refused to the viewer."""
    found = []
    for required in (
        world.visibility.require_account(VIEWER, AUTHOR),
        world.visibility.require_posts_of(VIEWER, AUTHOR),
        world.visibility.require_post(VIEWER, POST),
    ):
        try:
            await required
        except Problem as problem:
            found.append(problem.detail)
    return found


async def test_a_public_author_is_seen(world: World) -> None:
    assert await refusals(world) == []
    assert await world.visibility.people(VIEWER, [VIEWER, AUTHOR, NOBODY]) == {VIEWER, AUTHOR}


async def test_the_posts_of_a_private_author_are_absent_to_strangers(world: World) -> None:
    await world.graph.requests.make_private(AUTHOR)
    assert await refusals(world) == ["no such user", "no such post"]


async def test_everything_is_absent_to_whom_the_author_blocks(world: World) -> None:
    await world.graph.restrictions.block(AUTHOR, VIEWER)
    assert await refusals(world) == ["no such user", "no such user", "no such post"]
    assert await world.visibility.people(VIEWER, [AUTHOR]) == frozenset()


async def test_what_is_absent_is_refused_in_the_same_words(world: World) -> None:
    for required in (
        world.visibility.require_account(VIEWER, NOBODY),
        world.visibility.require_posts_of(VIEWER, NOBODY),
    ):
        with pytest.raises(Problem, match="no such user"):
            await required
    for post in (None, Post(7, NOBODY, "", (), "", 0), Post(7, VIEWER, "", (), "", 0, deleted_at_ms=1)):
        with pytest.raises(Problem, match="no such post"):
            await world.visibility.require_post(VIEWER, post)


async def test_ones_own_is_seen_without_postgresql(world: World) -> None:
    world.accounts.available = False
    await world.visibility.require_account(AUTHOR, AUTHOR)
    await world.visibility.require_posts_of(AUTHOR, AUTHOR)
    assert await world.visibility.require_post(AUTHOR, POST) is POST
    with pytest.raises(EngineUnavailable):
        await world.visibility.require_post(VIEWER, POST)
