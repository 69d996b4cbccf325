"""Spreads likes over partitions so that nobody is counted twice; pure.

A post's likes begin in one partition, the first. Those of a hot post are spread over a hundred more, by user. Likes
change by lightweight transactions, and Cassandra orders those of one partition. The transaction that closes the first
partition for new users therefore has one place in the order of all likes there, whatever a pod knows or its clock says.

`like` and `unlike` are conversations: they yield what to ask of the store and are sent its answer. The store of
`photo_core.stores.cassandra.likes` carries them out.
"""

from collections.abc import Generator
from enum import Enum, auto

from msgspec import Struct

FIRST = 0  # the partition in which a post's likes begin
SHARDS = 100
HASH = 0x9E3779B97F4A7C15  # ids minted one after the other must not meet in one partition
WORD = (1 << 64) - 1
HOT_LIKES_A_SECOND = 10  # in one process, of which there are several; one partition takes some dozens


class ShardQuestion(Enum):
    """What a store is asked for; all but LOOK are lightweight transactions."""

    ENTER_FIRST = auto()  # add the user to the first partition, unless they are there or it is closed
    LEAVE_FIRST = auto()  # take the user out of the first partition, closed or not
    LOOK_IN_FIRST = auto()  # read whether the user is in the first partition
    ENTER_SHARD = auto()  # add the user to their shard, unless they are there
    LEAVE_SHARD = auto()  # take the user out of their shard


class ShardAnswer(Struct, frozen=True):
    """The answer of the store: whether it changed anything, and if not, why."""

    applied: bool = False
    present: bool = False  # the user was there
    closed: bool = False  # the first partition takes nobody any more


Conversation = Generator[ShardQuestion, ShardAnswer, bool]


def shard_of(user_id: int) -> int:
    """Return the partition of a user's like of a hot post: 1 to SHARDS."""
    return 1 + (((user_id * HASH) & WORD) * SHARDS >> 64)


def like(*, closed: bool) -> Conversation:
    """Make a user like a post; return whether they did not before.

    Args:
        closed: this process has seen the first partition closed. It stays so; not to know it costs one answer.
    """
    if closed:
        there = (yield ShardQuestion.LOOK_IN_FIRST).present
        # a plain read may miss a removal that is being finished; a transaction does not, and a closed one adds nobody
        told = (yield ShardQuestion.ENTER_FIRST) if there else ShardAnswer(closed=True)
    else:
        told = yield ShardQuestion.ENTER_FIRST
    if told.applied:
        return True
    if told.present or not told.closed:
        return False
    return (yield ShardQuestion.ENTER_SHARD).applied


def unlike(*, closed: bool) -> Conversation:
    """Undo a user's like of a post; return whether there was one.

    Args:
        closed: as for `like`. Nobody enters a closed partition, so who is not in it needs to be sought once.
    """
    if not closed or (yield ShardQuestion.LOOK_IN_FIRST).present:
        told = yield ShardQuestion.LEAVE_FIRST
        if told.applied:
            return True
        closed = closed or told.closed
    return closed and (yield ShardQuestion.LEAVE_SHARD).applied
