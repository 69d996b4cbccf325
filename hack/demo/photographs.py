"""Downloads photographs for the demo, from Debian's package mate-backgrounds.

Called by `story`. They stay in the cache, so that the next demo needs no network.
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
    """Return the paths of a dozen JPEG photographs of 80 kB to 1.2 MB; the first call downloads them."""
    folder = paths.cache_dir() / "photographs"
    if not folder.exists():
        with step(f"fetch photographs: Debian's {PACKAGE}"):
            _fetch(folder)
    return sorted(folder.glob("*.jpg"))


def _fetch(folder: Path) -> None:
    """Unpack in a temporary folder and then move it, so that the folder is complete or absent."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        # apt-get downloads into the working directory
        commands.run(["sh", "-c", 'cd "$1" && apt-get download --quiet "$2"', "sh", made, PACKAGE])
        package = next(Path(made).glob("*.deb"))
        commands.run(["dpkg-deb", "-x", package, made])
        shutil.move(Path(made) / _IN_PACKAGE, folder)
