"""The kinds of sources of an image. Each has a fingerprint, which is cheap to compute, and can be copied to a folder.

Used by `hack.images.catalog`, which lists the sources of each image, and by `hack.images.build`, which copies them into
the build context.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hack import commands, paths
from hack.cluster import binaries
from hack.steps import StepError, step

if TYPE_CHECKING:
    from collections.abc import Iterable


class Source(Protocol):
    """One input of an image."""

    def fingerprint(self) -> str:
        """Return a text that changes whenever the content changes."""

    def place(self, context: Path) -> None:
        """Copy the content into the build context."""


def digest_files(contents: Iterable[tuple[str, bytes]]) -> str:
    """Return a digest of names and contents, whatever their order."""
    total = hashlib.sha256()
    for name, content in sorted(contents):
        total.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def sources_below(folder: Path) -> list[Path]:
    """Return all files in a folder and its subfolders, except compiled ones."""
    return [file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts]


def copy_files(files: Iterable[Path], target: Path) -> None:
    """Copy files of the repository to the same relative paths in another folder."""
    for file in files:
        place = target / file.relative_to(paths.ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, place)


@dataclass(frozen=True)
class Member:
    """A member of the workspace: its pyproject.toml and src/."""

    name: str

    def fingerprint(self) -> str:
        """Return a digest of all files."""
        return digest_files((str(file.relative_to(paths.ROOT)), file.read_bytes()) for file in self._files())

    def place(self, context: Path) -> None:
        """Copy the member to a folder of its name."""
        copy_files(self._files(), context)

    def _files(self) -> list[Path]:
        root = paths.ROOT / self.name
        return [root / "pyproject.toml", *sources_below(root / "src")]


@dataclass(frozen=True)
class Files:
    """Files and folders of the repository, copied to the folder `suite`."""

    names: tuple[str, ...]

    def fingerprint(self) -> str:
        """Return a digest of all files."""
        return digest_files((str(file.relative_to(paths.ROOT)), file.read_bytes()) for file in self._files())

    def place(self, context: Path) -> None:
        """Copy the files."""
        copy_files(self._files(), context / "suite")

    def _files(self) -> list[Path]:
        roots = [paths.ROOT / name for name in self.names]
        return [file for root in roots for file in ([root] if root.is_file() else sources_below(root))]


def select_requirements(text: str, names: Iterable[str]) -> str:
    """Return the requirements of the named packages, with their hashes on continuation lines."""
    wanted = frozenset(names)
    entries = text.replace("\\\n", "\0").splitlines(keepends=True)
    return "".join(entry for entry in entries if entry.split("==")[0] in wanted).replace("\0", "\\\n")


@dataclass(frozen=True)
class LockedRequirements:
    """Third-party packages at their locked versions, with hashes, as requirements.txt.

    Those of all members, or exactly those in `only`, or those of a dependency group.
    """

    only: tuple[str, ...] = ()
    group: str = ""

    def fingerprint(self) -> str:
        """Return a digest of the list, which does not change with packages that only developers need."""
        return digest_files([("requirements.txt", self._export().encode())])

    def place(self, context: Path) -> None:
        """Write requirements.txt."""
        (context / "requirements.txt").write_text(self._export())

    def _export(self) -> str:
        scope = ("--only-group", self.group) if self.group else ("--all-packages", "--no-default-groups")
        flags = ("--frozen", *scope, "--no-emit-workspace", "--no-header")
        text = commands.run([paths.TOOLS / "uv", "export", "--quiet", "--project", paths.ROOT, *flags, "--no-annotate"])
        return select_requirements(text, self.only) if self.only else text


@dataclass(frozen=True)
class Jars:
    """The runtime jars of a pom.xml, as the folder `jars`."""

    pom: Path

    def fingerprint(self) -> str:
        """Return a digest of the pom, since published jars never change."""
        return digest_files([(self.pom.name, self.pom.read_bytes())])

    def place(self, context: Path) -> None:
        """Copy the jars from the cache, and download them first if necessary."""
        shutil.copytree(self._ensure_cached(), context / "jars")

    def _ensure_cached(self) -> Path:
        folder = paths.cache_dir() / "jars" / self.fingerprint()[:12]
        if not folder.exists():
            self._fetch(folder)
        return folder

    def _fetch(self, folder: Path) -> None:
        title = f"fetch the jars of {self.pom.parent.name}"
        if shutil.which("mvn") is None:
            raise StepError(title, "Maven is required (apt-get install maven), and `mvn` is not on the PATH")
        folder.parent.mkdir(parents=True, exist_ok=True)
        log = paths.LOGS / f"jars-{self.pom.parent.name}.log"
        with step(title, log), tempfile.TemporaryDirectory(dir=folder.parent) as unfinished:
            jars = Path(unfinished) / "jars"
            goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
            commands.run(["mvn", "--batch-mode", "--quiet", "--file", self.pom, *goal], log=log)
            jars.rename(folder)


@dataclass(frozen=True)
class GoProgram:
    """A static binary that is built from a Go module."""

    program: binaries.Program

    def fingerprint(self) -> str:
        """Return the name of the cached binary, which has a digest of its inputs."""
        return binaries.path(self.program).name

    def place(self, context: Path) -> None:
        """Copy the binary, and build it first if necessary."""
        binaries.ensure((self.program,))
        shutil.copy2(binaries.path(self.program), context / self.program.name)
