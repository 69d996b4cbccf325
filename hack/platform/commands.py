"""Puts the platform's own commands beside kubectl, so that `kubectl photoplatform` works. Called by `up`."""

import sys
from pathlib import Path

from hack import paths

COMMANDS = ("photoplatform", "kubectl-photoplatform", "kubectl_complete-photoplatform")


def link_commands(tools: Path = paths.TOOLS, scripts: Path = Path(sys.executable).parent) -> None:
    """Link each command from the environment that this runs in; a link that stands already is left."""
    for name in COMMANDS:
        link, command = tools / name, scripts / name
        if not (link.is_symlink() and link.readlink() == command):
            link.unlink(missing_ok=True)
            link.symlink_to(command)
