"""The bytes of one feed head: a single string value a viewer, below `<keyPrefix>feed:{<viewer id>}`.

A viewer's newest likes are kept the same way below `<keyPrefix>liked:{<viewer id>}`, with the
version of the likes in place of the graph version.

    offset  bytes  field
         0      4  magic and format version: FE 50 46 02; its first byte is no id's, since ids are below 2^63
         4      1  state: 1 whole, 2 building
         5      3  zeros
         8      8  complete_down_to, unsigned big-endian
        16      8  graph_version, unsigned big-endian
        24     16  epoch: hexadecimal digits that name the life of the master that holds the value
        40      8  nonce of the rebuild under way; zeros in a whole head
        48    8*n  post ids, big-endian, in order of arrival; repeats are possible

Writers add ids with a bare APPEND, so nothing but the header tells a head from stray ids, and a reader sorts.

A head is written so that Redis leaves it the rest of its block of memory, and trimmed before it outgrows that: an
APPEND beyond would double the block, from 9 to 18 bytes an id at the usual cap of 800.
Called by `photo_core.domain.feed.head`; knows nothing of Redis.
"""

import struct
from collections.abc import Iterable
from enum import IntEnum

from msgspec import Struct

from photo_core.domain.ids import MAX_ID

MAGIC = b"\xfePF\x02"  # heads of version 1 were not told of their viewer's own posts
EPOCH_DIGITS = 16
NONCE_BYTES = 8
ID_BYTES = 8
NO_NONCE = bytes(NONCE_BYTES)
_HEADER = struct.Struct(f">4sB3xQQ{EPOCH_DIGITS}s{NONCE_BYTES}s")
HEADER_BYTES = _HEADER.size
# the shortest value that an APPEND to a head can leave; a shorter one was no head
SMALLEST_APPENDED = HEADER_BYTES + ID_BYTES
# of a block of memory, what Redis takes for itself beside a string of such a length
STRING_BYTES = 6


class HeadState(IntEnum):
    """What a head may be used for."""

    WHOLE = 1  # answers reads, if epoch and graph version fit
    BUILDING = 2  # collects what arrives until its rebuild finishes


class StoredHead(Struct, frozen=True):
    """A head as stored. `post_ids` are in order of arrival, repeats included."""

    state: HeadState
    complete_down_to: int
    graph_version: int
    epoch: str
    nonce: bytes = NO_NONCE
    post_ids: tuple[int, ...] = ()


def feed_key(key_prefix: str, viewer_id: int) -> bytes:
    """Return a viewer's key; the braces make the viewer alone decide its slot."""
    return b"%bfeed:{%d}" % (key_prefix.encode(), viewer_id)


def liked_key(key_prefix: str, viewer_id: int) -> bytes:
    """Return the key of a viewer's newest likes, in the slot of the feed."""
    return b"%bliked:{%d}" % (key_prefix.encode(), viewer_id)


def pack_id(post_id: int) -> bytes:
    """Return the bytes that an APPEND adds."""
    return post_id.to_bytes(ID_BYTES, "big")


def ids_in_block(least: int) -> int:
    """Return how many ids a head holds in the smallest block that has room for at least so many.

    Blocks come in the sizes of jemalloc, four to each doubling.
    """
    size = HEADER_BYTES + ID_BYTES * least + STRING_BYTES
    step = max(16, 1 << (size - 1).bit_length() - 3)
    block = -(-size // step) * step
    return (block - STRING_BYTES - HEADER_BYTES) // ID_BYTES


def encode(head: StoredHead) -> bytes:
    """Return the value to store."""
    header = _HEADER.pack(
        MAGIC, head.state, head.complete_down_to, head.graph_version, head.epoch.encode("ascii"), head.nonce
    )
    return header + struct.pack(f">{len(head.post_ids)}Q", *head.post_ids)


def decode(value: bytes | None) -> StoredHead | None:
    """Read a stored value back; None for every value that `encode` and appends cannot have left."""
    if value is None or len(value) < HEADER_BYTES or len(value) % ID_BYTES:
        return None
    magic, state, complete_down_to, graph_version, epoch, nonce = _HEADER.unpack_from(value)
    if magic != MAGIC or value[5:8] != b"\0\0\0" or state not in HeadState.__members__.values():
        return None
    post_ids = struct.unpack_from(f">{(len(value) - HEADER_BYTES) // ID_BYTES}Q", value, HEADER_BYTES)
    if not epoch.isalnum() or not _are_ids(post_ids):
        return None
    return StoredHead(HeadState(state), complete_down_to, graph_version, epoch.decode("ascii"), nonce, post_ids)


def _are_ids(post_ids: Iterable[int]) -> bool:
    return max(post_ids, default=0) <= MAX_ID
