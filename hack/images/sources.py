"""What goes into an image beside its Dockerfile: each kind has a fingerprint, cheap to take, and can be placed.

Used by `hack.images.catalog` (which image has which sources) and `hack.images.build` (which places them into the
folder that the Dockerfile's COPY lines see). It builds no image.
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
        """Return a text that changes whenever what would be placed changes."""

    def place(self, context: Path) -> None:
        """Put the input into the build context."""


def digest_files(contents: Iterable[tuple[str, bytes]]) -> str:
    """Return one digest of named contents; their order does not matter, their names do."""
    total = hashlib.sha256()
    for name, content in sorted(contents):
        total.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


@dataclass(frozen=True)
class Member:
    """A member of the workspace: its pyproject.toml and what is under src/, without compiled files."""

    name: str

    def fingerprint(self) -> str:
        """Digest of every file."""
        return digest_files((str(file.relative_to(paths.ROOT)), file.read_bytes()) for file in self._files())

    def place(self, context: Path) -> None:
        """Copy the member to a folder of its name."""
        for file in self._files():
            target = context / file.relative_to(paths.ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)

    def _files(self) -> list[Path]:
        root = paths.ROOT / self.name
        sources = [f for f in (root / "src").rglob("*") if f.is_file() and "__pycache__" not in f.parts]
        return [root / "pyproject.toml", *sources]


def select_requirements(text: str, names: Iterable[str]) -> str:
    """Return the requirements of these packages alone, each with its continuation lines (the hashes)."""
    wanted = frozenset(names)
    entries = text.replace("\\\n", "\0").splitlines(keepends=True)
    return "".join(entry for entry in entries if entry.split("==")[0] in wanted).replace("\0", "\\\n")


@dataclass(frozen=True)
class LockedRequirements:
    """Third-party packages of the members at their locked versions, with hashes, as requirements.txt.

    All of them, or exactly those in `only`.
    """

    only: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        """Digest of the list itself: what is locked for development only rebuilds nothing."""
        return digest_files([("requirements.txt", self._export().encode())])

    def place(self, context: Path) -> None:
        """Write requirements.txt."""
        (context / "requirements.txt").write_text(self._export())

    def _export(self) -> str:
        flags = ("--frozen", "--all-packages", "--no-default-groups", "--no-emit-workspace", "--no-header")
        text = commands.run([paths.TOOLS / "uv", "export", "--quiet", "--project", paths.ROOT, *flags, "--no-annotate"])
        return select_requirements(text, self.only) if self.only else text


@dataclass(frozen=True)
class Jars:
    """The runtime jars that a pom.xml asks for, as folder `jars`."""

    pom: Path

    def fingerprint(self) -> str:
        """Digest of the pom: published jars never change."""
        return digest_files([(self.pom.name, self.pom.read_bytes())])

    def place(self, context: Path) -> None:
        """Copy the jars from the cache, which is filled first."""
        shutil.copytree(self._ensure_cached(), context / "jars")

    def _ensure_cached(self) -> Path:
        folder = paths.cache_dir() / "jars" / self.fingerprint()[:12]
        if not folder.exists():
            self._fetch(folder)
        return folder

    def _fetch(self, folder: Path) -> None:
        title = f"fetch the jars of {self.pom.parent.name}"
        if shutil.which("mvn") is None:
            raise StepError(title, "Maven is needed (apt-get install maven) and `mvn` is not on the PATH")
        folder.parent.mkdir(parents=True, exist_ok=True)
        log = paths.LOGS / f"jars-{self.pom.parent.name}.log"
        with step(title, log), tempfile.TemporaryDirectory(dir=folder.parent) as unfinished:
            jars = Path(unfinished) / "jars"
            goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
            commands.run(["mvn", "--batch-mode", "--quiet", "--file", self.pom, *goal], log=log)
            jars.rename(folder)


@dataclass(frozen=True)
class GoProgram:
    """A static binary built from a Go module, under the program's own name."""

    program: binaries.Program

    def fingerprint(self) -> str:
        """The binary's cached file name, which holds a digest of all that decides its content."""
        return binaries.path(self.program).name

    def place(self, context: Path) -> None:
        """Copy the binary, built first when the cache lacks it."""
        binaries.ensure((self.program,))
        shutil.copy2(binaries.path(self.program), context / self.program.name)
