"""Loads an image into the cluster, and builds it first if necessary.

Called by the cluster for its own images and by `hack.images.build`. Tags identify content, so an image that the cluster
has is never built or loaded again.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hack.steps import step

if TYPE_CHECKING:
    from hack.images.model import ImageBuild, ImageBuilder


class ImageTarget(Protocol):
    """A cluster, as far as images are concerned."""

    def has_image(self, name: str) -> bool:
        """Return whether every node has `name`."""

    def load_image(self, archive: Path) -> None:
        """Import an archive, as written by the builder, into every node."""


def ensure_image(builder: ImageBuilder, target: ImageTarget, image: ImageBuild) -> None:
    """Make an image available in the cluster; does nothing if the cluster has it."""
    if target.has_image(image.name):
        return
    if not builder.has(image.name):
        with step(f"build {image.name}"):
            builder.build(image)
    with step(f"load {image.name}"), tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "image.tar"
        builder.save(image.name, archive)
        target.load_image(archive)
