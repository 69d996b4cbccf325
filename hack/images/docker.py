"""Builds images with a Docker engine. Used through ImageBuilder for kind, and untested like kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hack import commands
from hack.images.buildah import log_path

if TYPE_CHECKING:
    from pathlib import Path

    from hack.images.model import ImageBuild


def build_argv(image: ImageBuild) -> list[str]:
    """Return the command that builds `image`."""
    words = ["docker", "build", "--network", "host"]
    for name, value in sorted(image.build_args.items()):
        words += ["--build-arg", f"{name}={value}"]
    return [*words, "--tag", image.name, "--file", str(image.dockerfile), str(image.context)]


class Docker:
    """An ImageBuilder on a Docker engine."""

    def has(self, name: str) -> bool:
        """Return whether the engine has `name`."""
        return commands.succeeds(["docker", "image", "inspect", name])

    def build(self, image: ImageBuild) -> None:
        """Build an image."""
        commands.run(build_argv(image), log=log_path(image.name))

    def save(self, name: str, archive: Path) -> None:
        """Write `name` to `archive` with `docker save`."""
        commands.run(["docker", "save", "--output", archive, name])

    def save_oci(self, name: str, archive: Path) -> None:
        """Write `name` to `archive`; since Docker 25 its own archives are OCI image layouts."""
        self.save(name, archive)
