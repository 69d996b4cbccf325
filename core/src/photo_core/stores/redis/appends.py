"""Appends post ids to many feeds: commands packed by hand, one write per master, only unusual replies examined.

All posts for one feed go in one command, so a batch costs one command per follower, each less than a microsecond of
this process. Called by `photo_core.stores.redis.feeds`; `Heads` trims or discards the feeds that a reply points out.
"""

import asyncio
from binascii import crc_hqx
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from photo_core.domain.feed.layout import HEADER_BYTES, feed_key, pack_id
from photo_core.errors import EngineUnavailable
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.exchange import SLOTS, Command
from photo_core.stores.redis.link import Address
from photo_core.stores.redis.topology import Slots

MOST_DIGITS = 20  # of an id
SLOT_MASK = SLOTS - 1
Words = Mapping[int, bytes]  # by follower, the ids to append
Payloads = Mapping[Address, tuple[bytes, int]]  # packed commands, and their number


class AppendResult(Struct, frozen=True):
    """The feeds that are too short to be heads after an append, and those that are due for a trim.

    With a `failure` at least one feed may lack the ids; the other feeds are listed all the same.
    """

    stray: list[bytes]
    long: list[bytes]
    failure: EngineUnavailable | None = None


class MasterBatch(Struct, frozen=True):
    """The packed commands for one master, and the follower of each."""

    commands: list[bytes]
    followers: list[int]


class Appends:
    """Packs and sends appends.

    Args:
        client: the cluster.
        key_prefix: of every key.
        longest: bytes beyond which a feed is to be trimmed.
    """

    def __init__(self, client: RedisClusterClient, key_prefix: str, longest: int) -> None:
        self._client = client
        self._key_prefix = key_prefix
        self._longest = longest
        self._starts = [_start_of_command(key_prefix, digits) for digits in range(MOST_DIGITS + 1)]

    async def deliver(self, words: Words) -> AppendResult:
        """Append ids to the feeds of followers; the result names a master that failed."""
        slots = await self._client.slots()
        batches = dict(zip(slots.masters, self._pack(words, slots), strict=True))
        payloads = {
            master: (b"".join(batch.commands), len(batch.commands))
            for master, batch in batches.items()
            if batch.commands
        }
        shortest = HEADER_BYTES + max(map(len, words.values()), default=0)
        grown, refused = AppendResult([], []), []
        replied, failure = await self._sent(payloads)
        for master, lengths in replied.items():
            followers = batches[master].followers
            for at in _odd(lengths, shortest, self._longest):
                if isinstance(lengths[at], int):
                    self._note(followers[at], words, lengths[at], grown)
                else:
                    refused.append(followers[at])
        try:
            await self._deliver_singly(refused, words, grown)
        except EngineUnavailable as error:
            failure = error
        return AppendResult(grown.stray, grown.long, failure)

    async def _sent(self, payloads: Payloads) -> tuple[dict[Address, list[Any]], EngineUnavailable | None]:
        """Send to all masters at once; return the replies, and the failure if a master failed."""
        replied: dict[Address, list[Any]] = {}
        failure: EngineUnavailable | None = None

        async def send(master: Address, payload: tuple[bytes, int]) -> None:
            nonlocal failure
            try:
                replied.update(await self._client.send({master: payload}))
            except EngineUnavailable as error:
                failure = error

        await asyncio.gather(*(send(*each) for each in payloads.items()))
        return replied, failure

    async def _deliver_singly(self, followers: Sequence[int], words: Words, grown: AppendResult) -> None:
        """Send refused commands again, mostly because their slots have moved."""
        if not followers:
            return
        keys = [feed_key(self._key_prefix, follower) for follower in followers]
        answers = await self._client.run_all(
            [Command(key, (b"APPEND", key, words[each])) for key, each in zip(keys, followers, strict=True)]
        )
        for follower, answer in zip(followers, answers, strict=True):
            self._note(follower, words, answer.reply, grown)

    def _note(self, follower: int, words: Words, length: int, grown: AppendResult) -> None:
        if length < HEADER_BYTES + len(words[follower]):
            grown.stray.append(feed_key(self._key_prefix, follower))
        elif length > self._longest:
            grown.long.append(feed_key(self._key_prefix, follower))

    def _pack(self, words: Words, slots: Slots) -> list[MasterBatch]:
        """Return a batch for each master, in their order."""
        starts, owners = self._starts, slots.owners
        ends = {word: b"}\r\n$%d\r\n%b\r\n" % (len(word), word) for word in set(words.values())}
        batches = [MasterBatch([], []) for _ in slots.masters]
        for follower, word in words.items():
            tag = b"%d" % follower
            batch = batches[owners[crc_hqx(tag, 0) & SLOT_MASK]]
            batch.commands.append(starts[len(tag)] + tag + ends[word])
            batch.followers.append(follower)
        return batches


def merged(deliveries: Mapping[int, Sequence[int]]) -> dict[int, bytes]:
    """Return for each follower the ids to append, of all posts."""
    words: dict[int, bytes] = {}
    for post_id, followers in deliveries.items():
        word = pack_id(post_id)
        for follower in followers:
            others = words.get(follower)
            words[follower] = word if others is None else others + word
    return words


def _odd(lengths: Sequence[Any], shortest: int, longest: int) -> list[int]:
    """Return the positions of the replies that need attention."""
    return [
        place
        for place, length in enumerate(lengths)
        if length.__class__ is not int or not shortest <= length <= longest
    ]


def _start_of_command(key_prefix: str, digits: int) -> bytes:
    """Return an APPEND up to the hash tag of its key, which a viewer's id of so many digits follows."""
    before = feed_key(key_prefix, 0)[: -len(b"0}")]
    return b"*3\r\n$6\r\nAPPEND\r\n$%d\r\n%b" % (len(before) + digits + 1, before)
