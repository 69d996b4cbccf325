"""Who serves which slot, asked of the nodes that the settings name, over the same connections as everything else.

Called by `photo_core.stores.redis.client`. redis-py would ask, too, but also other nodes for the list of their
commands, by addresses that no certificate holds. Follows no redirect and keeps no connection.
"""

import asyncio
from binascii import crc_hqx
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from photo_core.stores.redis.exchange import SLOTS
from photo_core.stores.redis.link import Address, ErrorReply, LinkLogin, connect, pack

ROUNDS = 2  # of a name's addresses one may be that of a pod that is gone
CLUSTER_SLOTS = pack([(b"CLUSTER", b"SLOTS")])


class Slots(Struct, frozen=True):
    """The masters, and by slot the number of its own among them."""

    masters: tuple[Address, ...]
    owners: tuple[int, ...]


def slot_of(key: bytes) -> int:
    """Return the slot of a key: of its hash tag, the part in its first braces, if it has one."""
    tag = key.partition(b"{")[2].partition(b"}")
    return crc_hqx(tag[0] if tag[0] and tag[1] else key, 0) % SLOTS


async def learn(seeds: Sequence[Address], login: LinkLogin, seconds: float) -> Slots:
    """Return what the first node says that answers and knows a master for each slot; each has some seconds.

    Raises:
        ErrorReply, OSError, TimeoutError: none does; the last one's failure.
    """
    failure: Exception = TimeoutError("no node answers")
    for seed in [*seeds] * ROUNDS:
        try:
            return slots_of(await _ask(seed, login, seconds), seed)
        except (ErrorReply, OSError, TimeoutError) as error:
            failure = error
    raise failure


def slots_of(reply: Sequence[Any], asked: Address) -> Slots:
    """Read the reply to CLUSTER SLOTS; a node that does not know a host means its own.

    Raises:
        ErrorReply: some slots have no master.
    """
    numbers: dict[Address, int] = {}
    owners = [-1] * SLOTS
    for first, last, (host, port, *_), *_ in reply:
        number = numbers.setdefault(((host or asked[0].encode()).decode(), port), len(numbers))
        owners[first : last + 1] = [number] * (last + 1 - first)
    if -1 in owners:
        raise ErrorReply("CLUSTERDOWN not every slot has a master")
    return Slots(tuple(numbers), tuple(owners))


async def _ask(seed: Address, login: LinkLogin, seconds: float) -> Sequence[Any]:
    link = await connect(seed, login, seconds)
    try:
        async with asyncio.timeout(seconds):
            (reply,) = await link.request(CLUSTER_SLOTS, 1)
    finally:
        link.close()
    if isinstance(reply, ErrorReply):
        raise reply
    return list(reply)
