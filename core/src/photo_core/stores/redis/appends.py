"""Post ids into many feeds: commands packed by hand, one write a master, replies looked at only where they tell.

A delivery costs this process half a microsecond or so, which is what the layout of feeds is for. Called by
`photo_core.stores.redis.feeds`; what a reply asks for is done by `Heads`.
"""

from binascii import crc_hqx
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from photo_core.domain.feed.layout import HEADER_BYTES, feed_key
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.exchange import SLOTS, Command
from photo_core.stores.redis.link import Address

LONGEST_TAG = 20  # digits of an id
SLOT_MASK = SLOTS - 1


class Grown(Struct, frozen=True):
    """The feeds that an append left too short to be heads, and those that it left longer than wanted."""

    stray: list[bytes]
    long: list[bytes]


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
        self._starts = [_start_of_command(key_prefix, digits) for digits in range(LONGEST_TAG + 1)]

    async def deliver(self, word: bytes, followers: Sequence[int]) -> Grown:
        """Append ids to the feeds of followers.

        Raises:
            EngineUnavailable: at least one feed may lack them.
        """
        tags = _by_master([b"%d" % follower for follower in followers], await self._client.owners())
        payloads = {address: (self._pack(word, of_master), len(of_master)) for address, of_master in tags.items()}
        grown, refused = Grown([], []), []
        shortest = HEADER_BYTES + len(word)
        for address, lengths in (await self._client.send(payloads)).items():
            for at in _odd(lengths, shortest, self._longest):
                if isinstance(lengths[at], int):
                    self._note(tags[address][at], lengths[at], shortest, grown)
                else:
                    refused.append(tags[address][at])
        if refused:
            await self._deliver_singly(word, refused, grown)
        return grown

    async def _deliver_singly(self, word: bytes, tags: Sequence[bytes], grown: Grown) -> None:
        """Send again what was refused, mostly since its slot has moved."""
        keys = [self._key(tag) for tag in tags]
        answers = await self._client.run_all([Command(key, (b"APPEND", key, word)) for key in keys])
        for tag, answer in zip(tags, answers, strict=True):
            self._note(tag, answer.reply, HEADER_BYTES + len(word), grown)

    def _note(self, tag: bytes, length: int, shortest: int, grown: Grown) -> None:
        if length < shortest:
            grown.stray.append(self._key(tag))
        elif length > self._longest:
            grown.long.append(self._key(tag))

    def _key(self, tag: bytes) -> bytes:
        return feed_key(self._key_prefix, int(tag))

    def _pack(self, word: bytes, tags: Sequence[bytes]) -> bytes:
        starts, end = self._starts, b"}\r\n$%d\r\n%b\r\n" % (len(word), word)
        return end.join([starts[len(tag)] + tag for tag in tags]) + end


def _by_master(tags: Sequence[bytes], owners: Sequence[Address]) -> dict[Address, list[bytes]]:
    by_master: dict[Address, list[bytes]] = {address: [] for address in set(owners)}
    for tag in tags:
        by_master[owners[crc_hqx(tag, 0) & SLOT_MASK]].append(tag)
    return {address: of_master for address, of_master in by_master.items() if of_master}


def _odd(lengths: Sequence[Any], shortest: int, longest: int) -> list[int]:
    """Return the places of the replies that ask for more."""
    return [
        place
        for place, length in enumerate(lengths)
        if length.__class__ is not int or not shortest <= length <= longest
    ]


def _start_of_command(key_prefix: str, digits: int) -> bytes:
    """Return an APPEND up to the hash tag of its key, which a viewer's id of so many digits follows."""
    key = feed_key(key_prefix, 0)
    before = key[: -len(b"0}")]
    return b"*3\r\n$6\r\nAPPEND\r\n$%d\r\n%b" % (len(before) + digits + 1, before)
