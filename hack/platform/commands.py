"""Links the platform's commands into the folder of kubectl, so that `kubectl photoplatform` works. Called by `up`."""

import sys
from pathlib import Path

from hack import paths

COMMANDS = ("photoplatform", "kubectl-photoplatform", "kubectl_complete-photoplatform")


def link_commands(tools: Path = paths.TOOLS, scripts: Path = Path(sys.executable).parent) -> None:
    """Link each command from the current Python environment, unless the link exists already."""
    for name in COMMANDS:
        link, command = tools / name, scripts / name
        if not (link.is_symlink() and link.readlink() == command):
            link.unlink(missing_ok=True)
            link.symlink_to(command)
