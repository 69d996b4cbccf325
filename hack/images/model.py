"""The description of an image build, and the interface of builders (buildah, Docker).

`hack.cluster.cluster` chooses the builder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class ImageBuild:
    """One image: its name with tag, its Dockerfile, and the build context."""

    name: str
    dockerfile: Path
    context: Path
    build_args: Mapping[str, str] = field(default_factory=dict)


class ImageBuilder(Protocol):
    """Builds images into a local store and writes them out as archives."""

    def has(self, name: str) -> bool:
        """Return whether the store has `name`."""

    def build(self, image: ImageBuild) -> None:
        """Build an image into the store, or raise CommandError with the log."""

    def save(self, name: str, archive: Path) -> None:
        """Write `name` to the file `archive`, in a format that the cluster imports."""

    def save_oci(self, name: str, archive: Path) -> None:
        """Write `name` to the file `archive` as an OCI image layout, for a release."""
