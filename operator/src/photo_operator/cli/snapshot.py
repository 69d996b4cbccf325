"""A platform and its related objects, read once. Filled by `lookups`, presented by `views`."""

from msgspec import Struct

from photo_operator.crds.platform import Manifest, Platform


class PlatformSnapshot(Struct, frozen=True):
    """A platform and its related objects, which are kept as the API server returns them."""

    platform: Platform
    executions: tuple[Manifest, ...] = ()  # newest first
    events: tuple[Manifest, ...] = ()  # newest first
    policy: Manifest | None = None  # the ConfigMap with the runtime policy
    lease: Manifest | None = None  # the operator's; None if it does not exist or may not be read
