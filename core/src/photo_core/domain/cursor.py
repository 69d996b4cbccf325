"""Opaque cursors of pages and feeds: the last id of a page, signed; unpadded base64url.

Only that id decides what follows, so a cursor outlives caches, rebuilds and releases.
"""

import base64
import binascii
import hmac

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
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def encode(self, last_id: int) -> str:
        """Return the cursor after an id (0 to 2^63 - 1)."""
        payload = VERSION + last_id.to_bytes(ID_BYTES, "big")
        return base64.urlsafe_b64encode(payload + self._mac(payload)).rstrip(b"=").decode()

    def decode(self, cursor: str) -> int:
        """Return the id that a cursor stands after.

        Raises:
            InvalidCursor: it is none of ours.
        """
        raw = _decoded(cursor)
        payload, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        if len(raw) != LENGTH or not hmac.compare_digest(mac, self._mac(payload)):
            raise InvalidCursor("not a cursor of this platform")
        last_id = int.from_bytes(payload[len(VERSION) :], "big")
        # one text an id: base64 leaves spare bits in the last character
        if last_id > MAX_ID or self.encode(last_id) != cursor:
            raise InvalidCursor("not a cursor of this platform")
        return last_id

    def before_id(self, cursor: str | None) -> int:
        """Return the exclusive upper bound of the ids that a page may hold; without a cursor there is none."""
        return MAX_ID if cursor is None else self.decode(cursor)

    def _mac(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, "sha256")[:MAC_BYTES]


def _decoded(cursor: str) -> bytes:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise InvalidCursor("not a cursor of this platform") from error
