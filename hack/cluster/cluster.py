"""Chooses the cluster of this machine: kind if a Docker engine answers, else a node from packages (decision 27).

The rest of `hack/` uses clusters only through this module: images, charts and tests are the same on both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hack import commands
from hack.cluster.kind import Kind
from hack.cluster.node import PackageNode

if TYPE_CHECKING:
    from pathlib import Path

    from hack.images.model import ImageBuilder


class Cluster(Protocol):
    """A development cluster. Its kubeconfig is `hack.paths.KUBECONFIG` after `up`."""

    @property
    def builder(self) -> ImageBuilder:
        """The builder of images for this cluster."""

    @property
    def node_address(self) -> str:
        """The address at which this machine reaches node ports."""

    def prepare_builds(self) -> None:
        """Install what image builds need; starts nothing of the cluster."""

    def up(self) -> None:
        """Create or restart the cluster; changes nothing if it runs."""

    def down(self) -> None:
        """Remove the cluster and its data."""

    def status(self) -> dict[str, str]:
        """Return part -> state, for people to read."""

    def has_image(self, name: str) -> bool:
        """Return whether every node has the image."""

    def load_image(self, archive: Path) -> None:
        """Import an archive, as written by `builder`, into every node."""


def choose() -> Cluster:
    """Return the cluster for this machine; nothing is started."""
    return Kind() if commands.succeeds(["docker", "info"]) else PackageNode()
