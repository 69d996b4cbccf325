"""What one look at a platform found. Read by `lookups`, built into answers by `views`."""

from msgspec import Struct

from photo_operator.crds.platform import Manifest, Platform


class Picture(Struct, frozen=True):
    """A platform and what stands beside it, read once; but for the platform, the API server's own mappings."""

    platform: Platform
    executions: tuple[Manifest, ...] = ()  # newest first
    events: tuple[Manifest, ...] = ()  # newest first
    policy: Manifest | None = None  # the ConfigMap that pods obey
    lease: Manifest | None = None  # the operator's; None: there is none, or it may not be read
