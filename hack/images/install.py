"""Get one image into the cluster with the least work: not at all, from the builder's store, or built.

Called by the cluster for its own images and by the platform's image list. Tags name content, so a tag that the
cluster has is never built or imported again.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hack.steps import step

if TYPE_CHECKING:
    from hack.images.model import ImageBuild, ImageBuilder


class ImageTarget(Protocol):
    """The part of a cluster that takes images."""

    def has_image(self, name: str) -> bool:
        """Whether every node has `name`."""

    def load_image(self, archive: Path) -> None:
        """Import an archive, as written by the builder, into every node."""


def ensure_image(builder: ImageBuilder, target: ImageTarget, image: ImageBuild) -> None:
    """Make `image` available in the cluster; does nothing when the cluster has its tag."""
    if target.has_image(image.name):
        return
    if not builder.has(image.name):
        with step(f"build {image.name}"):
            builder.build(image)
    with step(f"load {image.name}"), tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "image.tar"
        builder.save(image.name, archive)
        target.load_image(archive)
