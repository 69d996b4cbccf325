"""The bytes of a viewer's follow graph: one string value a viewer, below `<keyPrefix>graph:{<viewer id>}`.

    offset  bytes  field
         0      4  magic and format version: FE 47 53 01
         4      8  graph_version, unsigned big-endian, so that stored versions compare as bytes
        12      4  CRC-32 of all other bytes, unsigned big-endian
        16    8*n  ids of the followees, big-endian, ascending

A graph of one version never changes, so a snapshot is right whatever master holds it; only its version may be old.
Pull ranges are no part of it: readers hold those of all authors. Called by the stores of feeds; knows nothing of Redis.
"""

import struct
import zlib

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.ids import MAX_ID

MAGIC = b"\xfeGS\x01"
ID_BYTES = 8
_HEADER = struct.Struct(">4sQI")
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


def _checksum(version: int, ids: bytes) -> int:
    return zlib.crc32(ids, zlib.crc32(MAGIC + version.to_bytes(8, "big")))
