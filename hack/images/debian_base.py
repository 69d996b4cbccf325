"""Builds docker.io/library/debian:bookworm-slim for buildah, on machines that reach no container registry.

debootstrap builds it from Debian's packages, with the settings of the official image, so that the same Dockerfiles work
with Docker, which pulls the official image. The file tree stays in the cache for other clones.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hack import commands, paths
from hack.images.model import ImageBuild
from hack.steps import step

if TYPE_CHECKING:
    from hack.images.model import ImageBuilder

NAME = "docker.io/library/debian:bookworm-slim"
_SUITE = "bookworm"
_MIRROR = "http://deb.debian.org/debian"
_DOCKERFILE = 'FROM scratch\nADD rootfs.tar /\nCMD ["bash"]\n'

# The settings of the official image, which keep images small or builds fast.
_FILES = {
    "etc/apt/sources.list": (
        f"deb {_MIRROR} {_SUITE} main\ndeb {_MIRROR} {_SUITE}-updates main\n"
        f"deb http://deb.debian.org/debian-security {_SUITE}-security main\n"
    ),
    "etc/apt/apt.conf.d/docker-no-languages": 'Acquire::Languages "none";\n',
    "etc/apt/apt.conf.d/docker-gzip-indexes": 'Acquire::GzipIndexes "true";\n',
    "etc/apt/apt.conf.d/docker-autoremove-suggests": 'Apt::AutoRemove::SuggestsImportant "false";\n',
    "etc/dpkg/dpkg.cfg.d/docker-apt-speedup": "force-unsafe-io\n",
    "etc/dpkg/dpkg.cfg.d/slim": (
        "path-exclude /usr/share/doc/*\npath-include /usr/share/doc/*/copyright\n"
        "path-exclude /usr/share/man/*\npath-exclude /usr/share/locale/*\npath-exclude /usr/share/info/*\n"
    ),
    "usr/sbin/policy-rc.d": "#!/bin/sh\nexit 101\n",
}
_DROPPED = ("var/cache/apt", "var/lib/apt/lists", "var/log", "usr/share/doc", "usr/share/man", "usr/share/locale")


def ensure(builder: ImageBuilder) -> None:
    """Build NAME if the builder does not have it."""
    if builder.has(NAME):
        return
    context = paths.cache_dir() / "debian"
    _ensure_rootfs(context / "rootfs.tar")
    with step(f"build {NAME}"):
        dockerfile = context / "Dockerfile"
        dockerfile.write_text(_DOCKERFILE)
        builder.build(ImageBuild(name=NAME, dockerfile=dockerfile, context=context))


def _ensure_rootfs(archive: Path) -> None:
    if archive.exists():
        return
    log = paths.LOGS / "debootstrap.log"
    archive.parent.mkdir(parents=True, exist_ok=True)
    with step("bootstrap Debian (half a minute; several on a busy disk)", log), tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        commands.run(["eatmydata", "debootstrap", "--variant=minbase", _SUITE, root, _MIRROR], log=log)
        _slim(root)
        unfinished = archive.with_suffix(".unfinished")
        commands.run(
            ["tar", "--create", "--numeric-owner", "--xattrs", "--one-file-system", "-C", root, "-f", unfinished, "."]
        )
        unfinished.rename(archive)


def _slim(root: Path) -> None:
    for dropped in _DROPPED:
        shutil.rmtree(root / dropped, ignore_errors=True)
        (root / dropped).mkdir(parents=True)
    for name, text in _FILES.items():
        (root / name).write_text(text)
    (root / "usr/sbin/policy-rc.d").chmod(0o755)
