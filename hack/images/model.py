"""What an image build is, and what every builder (buildah, Docker) can do with it.

Whoever builds images describes them with ImageBuild; `hack.cluster.cluster` says which builder and which cluster.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class ImageBuild:
    """One image: `name` with its tag, a Dockerfile, and the folder that its COPY lines see."""

    name: str
    dockerfile: Path
    context: Path
    build_args: Mapping[str, str] = field(default_factory=dict)


class ImageBuilder(Protocol):
    """Builds images into a local store and writes them out as archives."""

    def has(self, name: str) -> bool:
        """Whether the store has `name`."""

    def build(self, image: ImageBuild) -> None:
        """Build `image` into the store; CommandError with the log when the Dockerfile fails."""

    def save(self, name: str, archive: Path) -> None:
        """Write `name` to the file `archive`, in a form that the cluster imports."""

    def save_oci(self, name: str, archive: Path) -> None:
        """Write `name` to the file `archive` as an OCI image layout, for a release."""
