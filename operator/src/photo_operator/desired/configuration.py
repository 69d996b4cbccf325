"""The ConfigMap of the runtime policy and the Secret of the signing keys. Pure: the randomness is handed in.

`assemble` builds the ConfigMap, `reconcile` the Secret, once. The data of the ConfigMap belongs to
`remediation.remediation`.
"""

import base64
from collections.abc import Callable

from photo_operator.crds.metadata import child_metadata
from photo_operator.crds.names import keys_name, runtime_name
from photo_operator.crds.platform import Manifest, Platform

SIGNING_KEYS = ("token-signing-key", "cursor-signing-key")
KEY_BYTES = 32


def build_runtime_config_map(platform: Platform) -> Manifest:
    """Return the ConfigMap without data, with labels and owner alone."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": child_metadata(platform, runtime_name(platform), "runtime"),
    }


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
