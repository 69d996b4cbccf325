"""Decides about feed heads: whether one may answer, how a rebuild begins and ends, what a trim and a follow keep.

Every decision maps the stored bytes of now to the bytes that replace them. The store applies a decision with one
compare-and-replace that keeps the ids appended in between; called by photo_core.stores.redis and its fake.

Why a head that passes `whole_head` misses nothing: its epoch is the one of the master that answers, so no restart or
failover lost an append since the head was finished; the rebuild read the timelines after `begin`, so a post is either
in them or was appended after it; and the graph version is the viewer's of now, so no followee is missing.
"""

from msgspec import Struct

from photo_core.domain.feed.layout import NO_NONCE, HeadState, StoredHead, decode, encode, ids_in_block


class FeedHead(Struct, frozen=True):
    """The newest part of a viewer's feed, proven whole.

    `post_ids` is newest first without repeats; every post that was delivered and is at or above
    `complete_down_to` is among them. Below that, author timelines tell.
    """

    post_ids: tuple[int, ...]
    complete_down_to: int


class Rebuilt(Struct, frozen=True):
    """What a rebuild found in the timelines, under which graph, and the nonce that it began with."""

    nonce: bytes
    head: FeedHead
    graph_version: int


class Begun(Struct, frozen=True):
    """The nonce to finish with; `replacement` is None when a rebuild that is under way is joined."""

    nonce: bytes
    replacement: bytes | None


def slack(cap: int) -> int:
    """Return how many ids beyond the cap may gather before a trim: what a head's block of memory has room for."""
    return ids_in_block(cap + max(16, cap // 10)) - cap


def whole_head(value: bytes | None, epoch: str, graph_version: int) -> FeedHead | None:
    """Return the head if it is whole under the epoch and graph version of now, else None."""
    stored = decode(value)
    if stored is None or stored.state is not HeadState.WHOLE:
        return None
    if stored.epoch != epoch or stored.graph_version != graph_version:
        return None
    return FeedHead(_newest_first(stored.post_ids, stored.complete_down_to), stored.complete_down_to)


def plan_begin(value: bytes | None, epoch: str, nonce: bytes) -> Begun:
    """Mark a head as building and keep its ids.

    A running rebuild of the same epoch is joined: it has kept every append since it began, and two readers that begin
    in turns would otherwise undo each other's work for ever.
    """
    stored = decode(value)
    if stored is None:
        return Begun(nonce, encode(StoredHead(HeadState.BUILDING, 0, 0, epoch, nonce)))
    if stored.state is HeadState.BUILDING and stored.epoch == epoch:
        return Begun(stored.nonce, None)
    return Begun(nonce, encode(StoredHead(HeadState.BUILDING, 0, 0, epoch, nonce, stored.post_ids)))


def plan_finish(value: bytes | None, epoch: str, rebuilt: Rebuilt, cap: int) -> bytes | None:
    """Merge a rebuilt head with what has arrived; None if another rebuild or a loss came between."""
    stored = decode(value)
    if stored is None or stored.state is not HeadState.BUILDING:
        return None
    if stored.nonce != rebuilt.nonce or stored.epoch != epoch:
        return None
    floor = max(stored.complete_down_to, rebuilt.head.complete_down_to)
    kept, complete_down_to = _newest((*stored.post_ids, *rebuilt.head.post_ids), floor, cap)
    return encode(StoredHead(HeadState.WHOLE, complete_down_to, rebuilt.graph_version, epoch, NO_NONCE, kept))


def plan_trim(value: bytes | None, cap: int) -> bytes | None:
    """Drop repeats and all but the newest `cap` ids, and raise the watermark; None if there is no head."""
    stored = decode(value)
    if stored is None:
        return None
    kept, complete_down_to = _newest(stored.post_ids, stored.complete_down_to, cap)
    return encode(StoredHead(stored.state, complete_down_to, stored.graph_version, stored.epoch, stored.nonce, kept))


def plan_advance(value: bytes | None, epoch: str, onward: FeedHead, graph_version: int) -> bytes | None:
    """Take a head that is whole at the version before along to this one, with the ids that a new followee adds.

    None for any other head: it is rebuilt under its graph, or a rebuild under way reads the graph of now.
    """
    head = whole_head(value, epoch, graph_version - 1)
    if head is None:
        return None
    floor = max(head.complete_down_to, onward.complete_down_to)
    kept = _newest_first((*head.post_ids, *onward.post_ids), floor)[::-1]
    return encode(StoredHead(HeadState.WHOLE, floor, graph_version, epoch, NO_NONCE, kept))


def _newest_first(post_ids: tuple[int, ...], floor: int) -> tuple[int, ...]:
    return tuple(sorted({post_id for post_id in post_ids if post_id >= floor}, reverse=True))


def _newest(post_ids: tuple[int, ...], floor: int, cap: int) -> tuple[tuple[int, ...], int]:
    """Return the newest ids, oldest first, and the watermark that they prove."""
    ordered = _newest_first(post_ids, floor)
    kept = ordered[:cap]
    return kept[::-1], (kept[-1] if len(kept) < len(ordered) else floor)
