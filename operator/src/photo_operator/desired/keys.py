"""The Secret with the platform's own signing keys, created once. Pure: the randomness is handed in."""

import base64
from collections.abc import Callable

from photo_operator.crds.metadata import child_metadata
from photo_operator.crds.names import keys_name
from photo_operator.crds.platform import Manifest, Platform

SIGNING_KEYS = ("token-signing-key", "cursor-signing-key")
KEY_BYTES = 32


def build_keys_secret(platform: Platform, random_bytes: Callable[[int], bytes]) -> Manifest:
    """Return a Secret of fresh keys, each 64 hexadecimal digits."""
    keys = {name: base64.b64encode(random_bytes(KEY_BYTES).hex().encode()).decode() for name in SIGNING_KEYS}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": child_metadata(platform, keys_name(platform), "keys"),
        "data": keys,
    }
