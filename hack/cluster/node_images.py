"""The images that the package node itself needs, and how any image gets into its containerd.

Called by `node`. Each of the node's own images holds one static binary.
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
    """Whether `ctr images check` shows the image with all its content and unpacked; an interrupted import is not."""
    return any(" complete " in line and line.split()[-1] == "true" for line in check.splitlines())


def has(name: str) -> bool:
    """Whether containerd can start containers of `name`."""
    return is_complete(commands.run([*_CTR, "check", f"name=={name}"]))


def load(archive: Path) -> None:
    """Import an OCI archive."""
    commands.run([*_CTR, "import", archive])


def ensure(builder: ImageBuilder, target: ImageTarget) -> None:
    """Bring the images of pods that the node itself starts, and the volume helper's Debian."""
    for program in _SINGLE_BINARY:
        ensure_single_binary(builder, target, program)
    if not target.has_image(debian_base.NAME):
        debian_base.ensure(builder)
        ensure_image(builder, target, ImageBuild(debian_base.NAME, Path(), Path()))


def ensure_single_binary(builder: ImageBuilder, target: ImageTarget, program: Program) -> None:
    """Bring the image that holds nothing but `program`."""
    source = binaries.path(program)
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder)
        name = image_name(source)
        if not target.has_image(name):
            shutil.copy2(source, context / "program")
            (context / "Dockerfile").write_text('FROM scratch\nCOPY program /program\nENTRYPOINT ["/program"]\n')
        ensure_image(builder, target, ImageBuild(name, context / "Dockerfile", context))
