"""Real photographs for the demo, from Debian's package mate-backgrounds; fetched, never committed.

Called by the demo's story. They stay in the cache, so that the next demo needs no network.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hack import commands, paths
from hack.steps import step

PACKAGE = "mate-backgrounds"
_IN_PACKAGE = Path("usr/share/backgrounds/mate/nature")


def photographs() -> list[Path]:
    """Return the paths of a dozen JPEG photographs, of 80 kB to 1.2 MB each; they are fetched at the first call."""
    folder = paths.cache_dir() / "photographs"
    if not folder.exists():
        with step(f"fetch photographs: Debian's {PACKAGE}"):
            _fetch(folder)
    return sorted(folder.glob("*.jpg"))


def _fetch(folder: Path) -> None:
    """Download and unpack beside the folder, then move in one step: an interrupted fetch leaves no half folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        # apt-get downloads into the working directory
        commands.run(["sh", "-c", 'cd "$1" && apt-get download --quiet "$2"', "sh", made, PACKAGE])
        package = next(Path(made).glob("*.deb"))
        commands.run(["dpkg-deb", "-x", package, made])
        shutil.move(Path(made) / _IN_PACKAGE, folder)
