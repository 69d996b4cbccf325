"""Creates and removes the node's subtree in every cgroup hierarchy. Called by `node` (up) and `cleanup` (down).

The kubelet creates the cgroups of pods in the subtree, so each process in it belongs to a pod of this node. Tried with
cgroup v1 and with v1 and v2 mixed; not yet with v2 alone.
"""

from __future__ import annotations

import os
from pathlib import Path

from hack.cluster import layout
from hack.steps import wait_until

_MOUNTINFO = Path("/proc/self/mountinfo")
_SECONDS = 20


def hierarchies(mountinfo: str) -> list[Path]:
    """Return the mount points of all cgroup hierarchies in the text of /proc/self/mountinfo."""
    lines = (line.split() for line in mountinfo.splitlines())
    return [Path(words[4]) for words in lines if words[words.index("-") + 1] in ("cgroup", "cgroup2")]


def ensure() -> None:
    """Create the subtree in every hierarchy, with all of its controllers."""
    for root in hierarchies(_MOUNTINFO.read_text()):
        _delegate_controllers(root)
        (root / layout.CGROUP_ROOT).mkdir(exist_ok=True)


def remove() -> None:
    """Remove the subtree; the kernel may need a moment after the last process has ended."""
    subtrees = [root / layout.CGROUP_ROOT for root in hierarchies(_MOUNTINFO.read_text())]

    def all_gone() -> bool:
        for subtree in subtrees:
            _remove_empty(subtree)
        return not any(subtree.exists() for subtree in subtrees)

    wait_until(all_gone, _SECONDS, "the node's cgroups are empty")


def _delegate_controllers(root: Path) -> None:
    """Enable all controllers for the subtree, which only cgroup v2 requires."""
    offered = root / "cgroup.controllers"
    for controller in offered.read_text().split() if offered.exists() else ():
        (root / "cgroup.subtree_control").write_text(f"+{controller}")


def _remove_empty(subtree: Path) -> None:
    for folder, _, _ in os.walk(subtree, topdown=False):
        try:
            Path(folder).rmdir()
        except OSError:  # still in use, or gone meanwhile
            continue
