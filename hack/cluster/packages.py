"""Installs the Debian packages that the node needs. Called by `node.up`; removes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hack import commands, paths
from hack.steps import step

if TYPE_CHECKING:
    from collections.abc import Iterable

PACKAGES = (
    "buildah",  # builds images without a daemon
    "containerd",
    "containernetworking-plugins",  # the CNI programs in /usr/lib/cni
    "debootstrap",  # the base image
    "eatmydata",  # skips fsync, which costs minutes and protects nothing that cannot be rebuilt
    "iproute2",
    "maven",  # the engines' jars
    "nftables",  # kube-proxy drives nft
    "runc",
)
_APT = ("eatmydata", "apt-get", "--yes", "--quiet")
_INSTALLED = "install ok installed"


def missing(status_lines: Iterable[str]) -> list[str]:
    """Return the packages that are not installed according to lines `<package>: <status>` of dpkg-query."""
    installed = {line.split(":", 1)[0] for line in status_lines if line.endswith(_INSTALLED)}
    return [package for package in PACKAGES if package not in installed]


def ensure() -> None:
    """Install the packages that are missing."""
    wanted = missing(_status_lines())
    if not wanted:
        return
    log = paths.LOGS / "apt.log"
    with step(f"install Debian packages: {' '.join(wanted)}", log):
        if "eatmydata" in wanted:
            commands.run(["apt-get", "update", "--quiet"], log=log)
            commands.run(["apt-get", "install", "--yes", "--quiet", "eatmydata"], log=log)
        commands.run([*_APT, "update"], log=log)
        install = [*_APT, "install", "--no-install-recommends", *wanted]
        commands.run(commands.with_environment({"DEBIAN_FRONTEND": "noninteractive"}, install), log=log)


def _status_lines() -> list[str]:
    # `|| true`: dpkg-query prints the others and then fails if one of the names is unknown.
    query = "dpkg-query --show --showformat='${Package}: ${Status}\\n' \"$@\" 2>/dev/null || true"
    return commands.run(["sh", "-c", query, "sh", *PACKAGES]).splitlines()
