"""Opaque cursors of pages and feeds: the last id of a page, signed; unpadded base64url.

Only that id decides what follows, so a cursor outlives caches, rebuilds and releases.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence

from photo_core.domain.ids import MAX_ID
from photo_core.errors import PhotoError

VERSION = b"\x01"
ID_BYTES = 8
MAC_BYTES = 16
LENGTH = len(VERSION) + ID_BYTES + MAC_BYTES


class InvalidCursor(PhotoError):
    """The text was not made by `CursorSigner.encode` under this key."""


class CursorSigner:
    """Makes and reads cursors.

    Args:
        key: the platform's secret `cursor-signing-key`.
        others: keys whose cursors are good, too, while keys are rotated.
    """

    def __init__(self, key: bytes, others: Sequence[bytes] = ()) -> None:
        self._key = key
        self._accepted = (key, *others)

    def encode(self, last_id: int) -> str:
        """Return the cursor after an id (0 to 2^63 - 1)."""
        payload = VERSION + last_id.to_bytes(ID_BYTES, "big")
        return _encoded(payload + _mac(self._key, payload))

    def decode(self, cursor: str) -> int:
        """Return the id that a cursor stands after.

        Raises:
            InvalidCursor: it is none of ours.
        """
        raw = _decoded(cursor)
        payload, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        signed = any(hmac.compare_digest(mac, _mac(key, payload)) for key in self._accepted)
        if len(raw) != LENGTH or not signed:
            raise InvalidCursor("not a cursor of this platform")
        last_id = int.from_bytes(payload[len(VERSION) :], "big")
        # one text an id: base64 leaves spare bits in the last character
        if last_id > MAX_ID or _encoded(raw) != cursor:
            raise InvalidCursor("not a cursor of this platform")
        return last_id

    def before_id(self, cursor: str | None) -> int:
        """Return the exclusive upper bound of the ids that a page may hold; without a cursor there is none."""
        return MAX_ID if cursor is None else self.decode(cursor)


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, payload, "sha256")[:MAC_BYTES]


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(cursor: str) -> bytes:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise InvalidCursor("not a cursor of this platform") from error
