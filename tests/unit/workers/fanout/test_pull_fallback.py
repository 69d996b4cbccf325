"""Ranges that are left to their readers: only once a pull range of the post stands, and never the author's own."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.accounts import NewAccount, PullRange
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.feed_state import FakeFeedStates
from photo_core.fakes.follows import FakeFollows
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
from photo_core.messages.events import FanoutRange
from photo_workers.fanout.pull_fallback import PullFallback, is_pulled

AUTHOR, POST = 1, 100
OLD = RuntimePolicy(skip_fanout_after_seconds=60)
LARGE = RuntimePolicy(celebrity_threshold=10)


class World:
    """An author, and what stands of pull ranges."""

    def __init__(self) -> None:
        self.clock, self.accounts, self.policies = FakeClock(), FakeAccounts(), FakeRuntimePolicies()
        self.follows = FakeFollows(self.accounts)
        self.leaving = PullFallback(self.follows, self.policies.current, self.clock)

    def range_of(self, *followers: int, reach: int = 0, post_id: int = POST) -> FanoutRange:
        return FanoutRange(post_id, AUTHOR, self.clock.now_ms(), followers, last=True, reach=reach)

    async def pulled(self) -> tuple[PullRange, ...]:
        return (await FakeFeedStates(self.follows.state).changes_since(-1)).pull_ranges


@pytest.fixture
async def world() -> World:
    world = World()
    await world.accounts.create(NewAccount(AUTHOR, "ada", ""))
    return world


async def test_without_a_word_of_the_policy_all_is_delivered_however_old(world: World) -> None:
    ranges = [world.range_of(AUTHOR, 2, reach=10**6)]
    world.clock.advance(86_400)
    assert await world.leaving.remaining(ranges) == ranges
    assert await world.pulled() == ()


async def test_an_old_post_is_pulled_and_delivered_to_its_author_alone(world: World) -> None:
    ranges = [world.range_of(AUTHOR, 2), world.range_of(3, 4)]
    world.clock.advance(60)
    fresh = world.range_of(2, post_id=POST + 7)
    world.policies.obey(OLD)
    assert await world.leaving.remaining([*ranges, fresh]) == [
        fresh,
        msgspec.structs.replace(ranges[0], followers=(1,)),
    ]
    assert await world.pulled() == (PullRange(AUTHOR, POST, POST),)


async def test_posts_of_large_authors_are_separated_from_those_of_others(world: World) -> None:
    world.policies.obey(LARGE)
    small = world.range_of(5, reach=9, post_id=POST + 1)
    assert await world.leaving.remaining([world.range_of(2, reach=10), small]) == [small]
    assert await world.pulled() == (PullRange(AUTHOR, POST, POST),)


async def test_where_no_range_can_be_stored_all_is_pushed(world: World) -> None:
    world.policies.obey(LARGE)
    world.accounts.available = False
    ranges = [world.range_of(2, reach=10)]
    assert await world.leaving.remaining(ranges) == ranges
    world.accounts.available = True
    assert await world.leaving.remaining(ranges) == []
    assert await world.pulled() == (PullRange(AUTHOR, POST, POST),)


async def test_a_post_is_given_its_range_once(world: World) -> None:
    world.policies.obey(LARGE)
    await world.leaving.remaining([world.range_of(2, reach=10)])
    world.accounts.available = False
    assert await world.leaving.remaining([world.range_of(3, reach=10)]) == []


@given(
    age=st.integers(0, 200),
    reach=st.integers(0, 20),
    too_old=st.none() | st.integers(1, 200),
    too_large=st.none() | st.integers(1, 20),
)
def test_a_range_of_the_author_alone_is_never_left(
    age: int, reach: int, too_old: int | None, too_large: int | None
) -> None:
    policy = RuntimePolicy(skip_fanout_after_seconds=too_old, celebrity_threshold=too_large)
    assert not is_pulled(FanoutRange(POST, AUTHOR, 0, (AUTHOR,), last=True, reach=reach), policy, age * 1000)
