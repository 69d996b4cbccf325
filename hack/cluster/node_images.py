"""Provides the images of the package node itself, and imports images into its containerd.

Called by `node`. Each of the node's own images contains one static binary.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hack import commands
from hack.cluster import binaries, layout
from hack.cluster.components import image_name
from hack.images import debian_base
from hack.images.install import ensure_image
from hack.images.model import ImageBuild

if TYPE_CHECKING:
    from hack.cluster.binaries import Program
    from hack.images.install import ImageTarget
    from hack.images.model import ImageBuilder

_SINGLE_BINARY = (binaries.PAUSE, binaries.COREDNS, binaries.METRICS_SERVER)
_CTR = ("ctr", "--address", str(layout.CONTAINERD_SOCKET), "--namespace", "k8s.io", "images")


def is_complete(check: str) -> bool:
    """Return whether `ctr images check` shows the image as complete and unpacked, unlike an interrupted import."""
    return any(" complete " in line and line.split()[-1] == "true" for line in check.splitlines())


def has(name: str) -> bool:
    """Return whether containerd can start containers of `name`."""
    return is_complete(commands.run([*_CTR, "check", f"name=={name}"]))


def load(archive: Path) -> None:
    """Import an OCI archive."""
    commands.run([*_CTR, "import", archive])


def ensure(builder: ImageBuilder, target: ImageTarget) -> None:
    """Provide the images of the node's own pods, and Debian for the volume provisioner."""
    for program in _SINGLE_BINARY:
        ensure_single_binary(builder, target, program)
    if not target.has_image(debian_base.NAME):
        debian_base.ensure(builder)
        ensure_image(builder, target, ImageBuild(debian_base.NAME, Path(), Path()))


def ensure_single_binary(builder: ImageBuilder, target: ImageTarget, program: Program) -> None:
    """Provide the image that contains only `program`."""
    source = binaries.path(program)
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder)
        name = image_name(source)
        if not target.has_image(name):
            shutil.copy2(source, context / "program")
            (context / "Dockerfile").write_text('FROM scratch\nCOPY program /program\nENTRYPOINT ["/program"]\n')
        ensure_image(builder, target, ImageBuild(name, context / "Dockerfile", context))
