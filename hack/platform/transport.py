"""How the engines of development are reached: as they are, or by TLS. Chosen by `make up TRANSPORT=tls`.

Read by everything in `hack/platform` that installs.
"""

from __future__ import annotations

from enum import StrEnum


class Transport(StrEnum):
    """What goes between the platform and its engines."""

    PLAIN = "plain"  # passwords, and nothing is encrypted
    TLS = "tls"  # passwords, and certificates of an authority of our own

    @property
    def scheme(self) -> str:
        """The scheme of the object store's addresses."""
        return "https" if self is Transport.TLS else "http"
