"""The bytes of a viewer's follow graph: one string value a viewer, below `<keyPrefix>graph:{<viewer id>}`.

    offset  bytes  field
         0      4  magic and format version: FE 47 53 01
         4      8  graph_version, unsigned big-endian, so that stored versions compare as bytes
        12      4  CRC-32 of all other bytes, unsigned big-endian
        16    8*n  ids of the followees, big-endian, ascending

A graph of one version never changes, so a snapshot is right whatever master holds it; only its version may be old.
Pull ranges are no part of it: readers hold those of all authors. Called by the stores of feeds; knows nothing of Redis.

Before a change is made a fence takes the snapshot's place, for a while: 12 bytes, the magic FE 47 46 01 and the lowest
version of a graph that may be kept. It stands above the version of then by one for each change that may yet come. So
the first graph that reaches it has all of them, and a snapshot that is found lacks no change that was answered. What a
fence counted too much is taken off it, or it ends by itself.
"""

import struct
import zlib

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.ids import MAX_ID

MAGIC = b"\xfeGS\x01"
FENCE = b"\xfeGF\x01"
ID_BYTES = 8
_HEADER = struct.Struct(">4sQI")
_FENCE = struct.Struct(">4sQ")
HEADER_BYTES = _HEADER.size


def graph_key(key_prefix: str, viewer_id: int) -> bytes:
    """Return a viewer's key, in the slot of the feed."""
    return b"%bgraph:{%d}" % (key_prefix.encode(), viewer_id)


def encode(graph: FollowGraph) -> bytes:
    """Return the value to store."""
    ids = struct.pack(f">{len(graph.followees)}Q", *sorted(graph.followees))
    return _HEADER.pack(MAGIC, graph.version, _checksum(graph.version, ids)) + ids


def decode(value: bytes | None, viewer_id: int) -> FollowGraph | None:
    """Read a stored value back; None for every value that `encode` cannot have left."""
    if value is None or len(value) < HEADER_BYTES or len(value) % ID_BYTES:
        return None
    magic, version, checksum = _HEADER.unpack_from(value)
    if magic != MAGIC or checksum != _checksum(version, value[HEADER_BYTES:]):
        return None
    followees = struct.unpack_from(f">{(len(value) - HEADER_BYTES) // ID_BYTES}Q", value, HEADER_BYTES)
    if max(followees, default=0) > MAX_ID:
        return None
    return FollowGraph(viewer_id, version, frozenset(followees))


def floor_of(value: bytes | None) -> int:
    """Return the lowest version of a graph that may take a stored value's place."""
    if value is None or len(value) < _FENCE.size:
        return 0
    magic, version = _FENCE.unpack_from(value)
    return version if magic in (MAGIC, FENCE) else 0


def fence(version: int) -> bytes:
    """Return a fence that keeps out what is older than a version."""
    return _FENCE.pack(FENCE, version)


def raised(value: bytes | None, version: int) -> bytes:
    """Return the fence for one more change to come, after at least this version."""
    return fence(max(floor_of(value), version) + 1)


def lowered(value: bytes | None) -> bytes | None:
    """Return a fence for one change less, which keeps nothing out at last; None where no fence is stored.

    It may be lower than whoever takes a change off it believes: a failover forgets fences.
    """
    if value is None or not value.startswith(FENCE):
        return None
    return fence(max(0, floor_of(value) - 1))


def _checksum(version: int, ids: bytes) -> int:
    return zlib.crc32(ids, zlib.crc32(MAGIC + version.to_bytes(8, "big")))
