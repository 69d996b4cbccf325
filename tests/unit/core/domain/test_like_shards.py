"""Likes of one user, asked for by many pods at once while a post is spread, in any order of the store's steps."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.ids import compose
from photo_core.domain.like_shards import SHARDS, Conversation, ShardAnswer, ShardQuestion, like, shard_of, unlike

USERS = (1, 2)
NOW_MS = 1_800_000_000_000


class Store:
    """One post's partitions; a step is one transaction or one read."""

    def __init__(self) -> None:
        self.first: set[int] = set()
        self.shards: set[int] = set()
        self.closed = False

    def do(self, step: ShardQuestion, user_id: int) -> ShardAnswer:
        there = user_id in self.first
        match step:
            case ShardQuestion.LOOK_IN_FIRST:
                return ShardAnswer(present=there)
            case ShardQuestion.ENTER_FIRST:
                applied = not there and not self.closed
                self.first |= {user_id} if applied else set()
                return ShardAnswer(applied, present=there, closed=self.closed)
            case ShardQuestion.LEAVE_FIRST:
                self.first.discard(user_id)
                return ShardAnswer(there, present=False, closed=self.closed)
            case ShardQuestion.ENTER_SHARD:
                applied = user_id not in self.shards
                self.shards.add(user_id)
                return ShardAnswer(applied)
            case ShardQuestion.LEAVE_SHARD:
                applied = user_id in self.shards
                self.shards.discard(user_id)
                return ShardAnswer(applied)


class Request:
    """A conversation of one pod with the store, a step at a time."""

    def __init__(self, store: Store, user_id: int, conversation: Conversation) -> None:
        self._store = store
        self._user_id = user_id
        self._conversation = conversation
        self._step: ShardQuestion | None = next(conversation)
        self.changed = False

    def turn(self) -> bool:
        """Do the next step; False at the end."""
        if self._step is None:
            return False
        try:
            self._step = self._conversation.send(self._store.do(self._step, self._user_id))
        except StopIteration as ended:
            self._step, self.changed = None, bool(ended.value)
        return self._step is not None


Ask = tuple[Callable[..., Conversation], int, bool]
asks = st.tuples(st.sampled_from([like, unlike]), st.sampled_from(USERS), st.booleans())


def run(store: Store, wanted: list[Ask], schedule: list[int], spread_at: int) -> Counter[int]:
    """Run requests interleaved by a schedule, and return what the changes they claim add up to, by user."""
    claimed: Counter[int] = Counter()
    waiting = list(wanted)
    running: list[tuple[Ask, Request]] = []
    turn = 0
    while waiting or running:
        if turn == spread_at:
            store.closed = True
        pick = schedule[turn % len(schedule)] if schedule else 0
        turn += 1
        if waiting and (not running or pick % 3 == 0):
            ask = waiting.pop(0)
            make, user_id, knows = ask
            running.append((ask, Request(store, user_id, make(closed=store.closed and knows))))
            continue
        index = pick % len(running)
        ask, request = running[index]
        if not request.turn():
            claimed[ask[1]] += (1 if ask[0] is like else -1) * request.changed
            del running[index]
    return claimed


@given(st.lists(asks, max_size=10), st.lists(st.integers(0, 60), max_size=40), st.integers(0, 30))
def test_claimed_changes_are_those_of_the_rows_and_nobody_is_there_twice(
    wanted: list[Ask], schedule: list[int], spread_at: int
) -> None:
    store = Store()
    claimed = run(store, wanted, schedule, spread_at)
    assert not store.first & store.shards
    for user_id in USERS:
        assert claimed[user_id] == int(user_id in store.first | store.shards)


@given(st.lists(asks, max_size=12), st.integers(0, 40))
def test_requests_one_after_the_other_do_what_they_say(wanted: list[Ask], spread_at: int) -> None:
    store = Store()
    liking: set[int] = set()
    for turn, (make, user_id, knows) in enumerate(wanted):
        store.closed = store.closed or turn >= spread_at
        claimed = run(store, [(make, user_id, knows)], [], -1)
        wanted_there = make is like
        assert abs(claimed[user_id]) == int((user_id in liking) != wanted_there)
        liking = liking | {user_id} if wanted_there else liking - {user_id}
        assert store.first | store.shards == liking


def test_a_post_that_is_not_spread_takes_one_step() -> None:
    for make in (like, unlike):
        conversation = make(closed=False)
        next(conversation)
        with pytest.raises(StopIteration) as ended:
            conversation.send(ShardAnswer(applied=True))
        assert ended.value.value is True


def test_users_of_one_moment_spread_over_all_shards() -> None:
    users = [compose(NOW_MS + index, 5, 0) for index in range(100 * SHARDS)]
    sizes = Counter(shard_of(user_id) for user_id in users)
    assert set(sizes) == set(range(1, SHARDS + 1))
    assert max(sizes.values()) < 300
