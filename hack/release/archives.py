"""Rewrites archives so that equal content gives equal bytes. Called by `hack.release.command`.

Helm and buildah write the current time into the archives that they make, which would change every checksum.
"""

import gzip
import tarfile
from pathlib import Path


def normalise_tar(archive: Path, timestamp: int) -> None:
    """Set the dates of all files in a .tar to `timestamp` (Unix time)."""
    unfinished = archive.with_name(f"{archive.name}.unfinished")
    with tarfile.open(archive, "r:") as source, tarfile.open(unfinished, "w:") as target:
        _copy(source, target, timestamp)
    unfinished.rename(archive)


def normalise_tgz(archive: Path, timestamp: int) -> None:
    """Set the dates of all files in a .tgz, and of the compression itself, to `timestamp` (Unix time)."""
    unfinished = archive.with_name(f"{archive.name}.unfinished")
    with (
        tarfile.open(archive, "r:gz") as source,
        unfinished.open("wb") as raw,
        gzip.GzipFile("", "wb", mtime=timestamp, fileobj=raw) as packed,
        tarfile.open(fileobj=packed, mode="w:") as target,
    ):
        _copy(source, target, timestamp)
    unfinished.rename(archive)


def _copy(source: tarfile.TarFile, target: tarfile.TarFile, timestamp: int) -> None:
    for member in source:
        member.mtime = timestamp
        target.addfile(member, source.extractfile(member) if member.isfile() else None)
