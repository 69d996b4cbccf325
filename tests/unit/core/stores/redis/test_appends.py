"""Appends as they go over the wire, and what their replies ask for."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.crc import key_slot

from photo_core.domain.feed.layout import HEADER_BYTES, feed_key, pack_id
from photo_core.domain.ids import MAX_ID
from photo_core.errors import Engine, EngineUnavailable
from photo_core.stores.redis.appends import AppendResult, Appends, merged
from photo_core.stores.redis.exchange import SLOTS, Answer, Command
from photo_core.stores.redis.link import Address, ErrorReply, pack
from photo_core.stores.redis.topology import Slots

PREFIX = "demo:"
LONGEST = HEADER_BYTES + 8 * 20
MASTERS: tuple[Address, ...] = (("a", 1), ("b", 2), ("c", 3))
TWO_SLOTS = Slots(MASTERS, tuple(slot * len(MASTERS) // SLOTS for slot in range(SLOTS)))
ids = st.integers(0, MAX_ID)


class Masters:
    """Takes appends as `RedisClusterClient` does, and gives prepared replies by key."""

    def __init__(self, lengths: Mapping[bytes, Any] | None) -> None:
        self.lengths = lengths
        self.sent: dict[Address, bytes] = {}
        self.sent_singly: list[Command] = []
        self.failing: Address | None = None

    async def slots(self) -> Slots:
        return TWO_SLOTS

    async def send(self, payloads: Mapping[Address, tuple[bytes, int]]) -> dict[Address, list[Any]]:
        if self.failing in payloads:
            raise EngineUnavailable(Engine.REDIS, "told to fail")
        self.sent |= {address: payload for address, (payload, _) in payloads.items()}
        return {address: self._replies(payload, count) for address, (payload, count) in payloads.items()}

    async def run_all(self, commands: list[Command]) -> list[Answer]:
        self.sent_singly = commands
        return [Answer(HEADER_BYTES, "e" * 16) for _ in commands]

    def _replies(self, payload: bytes, count: int) -> list[Any]:
        if self.lengths is None:
            return [LONGEST] * count
        keys = [part for part in payload.split(b"\r\n") if part.startswith(PREFIX.encode())]
        assert len(keys) == count
        return [self.lengths.get(key, HEADER_BYTES + 8) for key in keys]


def appends(masters: Any) -> Appends:
    return Appends(masters, PREFIX, LONGEST)


@given(st.dictionaries(ids, st.lists(ids, min_size=1, max_size=3).map(lambda some: b"".join(map(pack_id, some)))))
async def test_every_command_is_packed_as_the_library_would_for_the_master_of_its_slot(words: dict[int, bytes]) -> None:
    masters = Masters(None)
    await appends(masters).deliver(words)
    expected: dict[Address, bytes] = {}
    for follower, word in words.items():
        key = feed_key(PREFIX, follower)
        master = MASTERS[TWO_SLOTS.owners[key_slot(key)]]
        expected[master] = expected.get(master, b"") + pack([(b"APPEND", key, word)])
    assert masters.sent == expected


@given(st.dictionaries(ids, st.lists(st.integers(1, 5), max_size=6), max_size=5))
def test_a_follower_of_several_posts_gets_them_in_one_word(deliveries: dict[int, list[int]]) -> None:
    words = merged(deliveries)
    for follower in range(1, 6):
        posts = [
            pack_id(post_id) for post_id, followers in deliveries.items() for each in followers if each == follower
        ]
        assert words.get(follower, b"") == b"".join(posts)


async def test_what_masters_replied_is_known_where_another_fails() -> None:
    followers = range(1, 50)
    keys = {follower: feed_key(PREFIX, follower) for follower in followers}
    masters = Masters(dict.fromkeys(keys.values(), 8))
    masters.failing = MASTERS[1]
    grown = await appends(masters).deliver(merged({9: list(followers)}))
    served = [key for key in keys.values() if MASTERS[TWO_SLOTS.owners[key_slot(key)]] != masters.failing]
    assert sorted(grown.stray) == sorted(served)
    assert grown.failure is not None


async def test_feeds_left_short_are_stray_and_feeds_left_long_are_long() -> None:
    masters = Masters({feed_key(PREFIX, 1): 8, feed_key(PREFIX, 2): LONGEST + 8, feed_key(PREFIX, 3): LONGEST})
    grown = await appends(masters).deliver(merged({9: [1, 2, 3, 4]}))
    assert grown == AppendResult([feed_key(PREFIX, 1)], [feed_key(PREFIX, 2)])


async def test_many_ids_where_no_feed_is_are_stray_and_a_short_feed_is_not() -> None:
    masters = Masters({feed_key(PREFIX, 1): 8 * 10, feed_key(PREFIX, 2): HEADER_BYTES + 8 * 2})
    grown = await appends(masters).deliver({1: b"".join(map(pack_id, range(10))), 2: pack_id(7)})
    assert grown == AppendResult([feed_key(PREFIX, 1)], [])


async def test_a_refused_append_is_sent_again_by_itself() -> None:
    masters = Masters({feed_key(PREFIX, 2): ErrorReply("MOVED 7 b:2")})
    grown = await appends(masters).deliver(merged({9: [1, 2, 3]}))
    key = feed_key(PREFIX, 2)
    assert masters.sent_singly == [Command(key, (b"APPEND", key, pack_id(9)))]
    assert grown == AppendResult([key], [])


@pytest.mark.parametrize("follower", [0, 9, 10, MAX_ID])
def test_ids_of_any_length_fit(follower: int) -> None:
    (batch, *_) = (each for each in appends(None)._pack({follower: pack_id(1)}, TWO_SLOTS) if each.commands)
    key = feed_key(PREFIX, follower)
    assert batch.commands == [pack([(b"APPEND", key, pack_id(1))])]
