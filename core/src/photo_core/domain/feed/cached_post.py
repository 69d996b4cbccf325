"""The bytes of what is kept of a post: two string values in one slot.

`<keyPrefix>post:{<post id>}`, the post without its counts, or what stands in its place:

    offset  bytes  field
         0      4  magic and format version: FE 50 43 01
         4      1  kind: 1 post, 2 tombstone (deleted)
         5      3  zeros
         8      8  author id, unsigned big-endian; zeros unless a post
        16     16  epoch: hexadecimal digits that name the life of the master that holds the post; zeros unless a post
        32      4  CRC-32 of all other bytes, unsigned big-endian
        36      n  the post's JSON object without its counts; nothing unless a post

`<keyPrefix>counts:{<post id>}`, its counts:

    offset  bytes  field
         0      4  magic and format version: FE 43 4E 01
         4      4  zeros
         8      8  position in `interactions` of the last event counted in (see Tally), unsigned big-endian
        16      8  likes, unsigned big-endian
        24      8  comments, unsigned big-endian
        32     16  epoch, as above

A post or its counts of another epoch are worth nothing: the master may have forgotten what was acknowledged after
them. A tombstone holds in every epoch. Called by photo_core.stores.redis.post_cache; knows nothing of Redis.
"""

import struct
import zlib
from enum import IntEnum

from msgspec import Struct

from photo_core.domain.feed.layout import EPOCH_DIGITS
from photo_core.domain.ids import MAX_ID

MAGIC = b"\xfePC\x01"
COUNTS_MAGIC = b"\xfeCN\x01"
_HEADER = struct.Struct(f">4sB3xQ{EPOCH_DIGITS}sI")
_COUNTS = struct.Struct(f">4s4xQQQ{EPOCH_DIGITS}s")
HEADER_BYTES = _HEADER.size
_CHECKED = HEADER_BYTES - 4


class EntryKind(IntEnum):
    """What stands in a post's place."""

    POST = 1  # served while its epoch is that of its master
    TOMBSTONE = 2  # the post was deleted


class Entry(Struct, frozen=True):
    """What is kept in a post's place; the fields after `kind` are a post's."""

    kind: EntryKind
    author_id: int = 0
    epoch: str = "\0" * EPOCH_DIGITS
    body: bytes = b""


class StoredCounts(Struct, frozen=True):
    """A post's counts as of an offset, and the life of the master under which they were written."""

    offset: int
    likes: int
    comments: int
    epoch: str


TOMBSTONE = Entry(EntryKind.TOMBSTONE)


def post_key(key_prefix: str, post_id: int) -> bytes:
    """Return the key of a post; the braces put it into one slot with its counts."""
    return b"%bpost:{%d}" % (key_prefix.encode(), post_id)


def counts_key(key_prefix: str, post_id: int) -> bytes:
    """Return the key of a post's counts."""
    return b"%bcounts:{%d}" % (key_prefix.encode(), post_id)


def encode(entry: Entry) -> bytes:
    """Return the value to store in a post's place."""
    epoch = entry.epoch.encode("ascii")
    checked = _HEADER.pack(MAGIC, entry.kind, entry.author_id, epoch, 0)[:_CHECKED]
    checksum = zlib.crc32(entry.body, zlib.crc32(checked))
    return b"%b%b%b" % (checked, checksum.to_bytes(4, "big"), entry.body)


def decode(value: bytes | None) -> Entry | None:
    """Read a stored value back; None for every value that `encode` cannot have left."""
    if value is None or len(value) < HEADER_BYTES:
        return None
    magic, kind, author_id, epoch, checksum = _HEADER.unpack_from(value)
    if magic != MAGIC or value[5:8] != b"\0\0\0" or checksum != _checksum(value):
        return None
    if kind == EntryKind.POST:
        is_post = epoch.isalnum() and author_id <= MAX_ID
        return Entry(EntryKind.POST, author_id, epoch.decode("ascii"), value[HEADER_BYTES:]) if is_post else None
    return TOMBSTONE if value == encode(TOMBSTONE) else None


def encode_counts(counts: StoredCounts) -> bytes:
    """Return the value to store as a post's counts."""
    return _COUNTS.pack(COUNTS_MAGIC, counts.offset, counts.likes, counts.comments, counts.epoch.encode("ascii"))


def decode_counts(value: bytes | None) -> StoredCounts | None:
    """Read stored counts back; None for every value that `encode_counts` cannot have left."""
    if value is None or len(value) != _COUNTS.size:
        return None
    magic, offset, likes, comments, epoch = _COUNTS.unpack(value)
    if magic != COUNTS_MAGIC or value[4:8] != b"\0\0\0\0" or not epoch.isalnum():
        return None
    return StoredCounts(offset, likes, comments, epoch.decode("ascii"))


def _checksum(value: bytes) -> int:
    body = memoryview(value)[HEADER_BYTES:]
    return zlib.crc32(body, zlib.crc32(value[:_CHECKED]))
