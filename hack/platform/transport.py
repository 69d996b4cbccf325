"""The transport between the platform and the development engines. Chosen by `make up TRANSPORT=tls`.

Read by everything in `hack/platform` that installs.
"""

from __future__ import annotations

from enum import StrEnum


class Transport(StrEnum):
    """Whether connections to the engines are encrypted; a login is required in both cases."""

    PLAIN = "plain"  # not encrypted
    TLS = "tls"  # TLS with certificates of a CA that `make up` creates

    @property
    def scheme(self) -> str:
        """The URL scheme of the object store."""
        return "https" if self is Transport.TLS else "http"
