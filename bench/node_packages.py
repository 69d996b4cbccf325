"""Installs the packages of the Node.js peers from their lock file into the user's cache.

Called by `bench.feed.deliveries`. Nothing is installed inside the clone.
"""

import hashlib
import shutil
from pathlib import Path

from hack import commands, paths
from hack.steps import step

IOREDIS = Path(__file__).parent / "peers" / "ioredis"
LOCKED = ("package.json", "package-lock.json")


def install(folder: Path) -> Path:
    """Return a folder with a copy of `folder` and the packages of its lock file."""
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in LOCKED)).hexdigest()[:12]
    home = paths.cache_dir() / "npm" / f"{folder.name}-{digest}"
    if not (home / "node_modules").exists():
        unfinished = home.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        for name in LOCKED:
            shutil.copy2(folder / name, unfinished)
        with step(f"install the packages of {folder.name}"):
            commands.run(["npm", "ci", "--prefix", unfinished, "--no-audit", "--no-fund", "--ignore-scripts"])
        unfinished.rename(home)
    for source in folder.glob("*.mjs"):
        shutil.copy2(source, home)
    return home
