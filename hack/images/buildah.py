"""Builds images without a Docker engine: with buildah, as root, with its store in the user's cache.

Used through ImageBuilder for the package node. `hack.images.debian_base` puts the base image,
`docker.io/library/debian:bookworm-slim`, into the store.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hack import commands, lock, paths

if TYPE_CHECKING:
    from hack.images.model import ImageBuild

HOST_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
RUN_ROOT = paths.RUN / "images"
LOCK = paths.RUN.with_name("photoplatform-images.lock")  # shared during builds, exclusive to remove the store's mounts


def store_root() -> Path:
    """Return buildah's store, which all clones share."""
    return paths.cache_dir() / "images"


def build_store_argv(command: str) -> list[str]:
    """Return the beginning of a buildah command line that uses our own store."""
    return [
        "buildah", "--root", str(store_root()), "--runroot", str(RUN_ROOT), "--storage-driver", "overlay", command,
    ]  # fmt: skip


def build_argv(image: ImageBuild, certificates: Path | None) -> list[str]:
    """Return the command that builds an image; `certificates` are trusted during the build and not kept."""
    words = [*build_store_argv("bud"), "--isolation", "chroot", "--network", "host", "--layers", "--pull-never"]
    if certificates is not None:
        words += ["--volume", f"{certificates}:{HOST_CERTIFICATES}:ro"]
    for name, value in sorted(image.build_args.items()):
        words += ["--build-arg", f"{name}={value}"]
    return [*words, "--tag", image.name, "--file", str(image.dockerfile), str(image.context)]


def log_path(name: str) -> Path:
    """Return the file with the output of the last build of `name`."""
    return paths.LOGS / f"image-{name.rsplit('/', 1)[-1].replace(':', '-')}.log"


class Buildah:
    """An ImageBuilder on buildah."""

    def has(self, name: str) -> bool:
        """Return whether the store has `name`."""
        with lock.shared(LOCK):
            return commands.succeeds([*build_store_argv("inspect"), "--type", "image", name])

    def build(self, image: ImageBuild) -> None:
        """Build an image, with its output in `log_path`."""
        certificates = HOST_CERTIFICATES if HOST_CERTIFICATES.exists() else None
        with lock.shared(LOCK):
            commands.run(build_argv(image, certificates), log=log_path(image.name))

    def save(self, name: str, archive: Path) -> None:
        """Write `name` to `archive` in Docker's format, which takes half the time since layers are not compressed."""
        with lock.shared(LOCK):
            commands.run([*build_store_argv("push"), "--quiet", name, f"docker-archive:{archive}:{name}"])

    def save_oci(self, name: str, archive: Path) -> None:
        """Write `name` to `archive` as an OCI image layout, with compressed layers."""
        with lock.shared(LOCK):
            commands.run([*build_store_argv("push"), "--quiet", name, f"oci-archive:{archive}:{name}"])
