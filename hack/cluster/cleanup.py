"""Removes everything that the node added to the machine: processes, mounts, links, rules, cgroups, addresses, files.

Called by `node.down`. Each part inspects the machine rather than a record of what was done, so it works after an
interrupted up or down or a SIGKILL of everything, and does nothing the second time.
"""

from __future__ import annotations

import ipaddress
import json
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from hack import commands, lock, paths
from hack.cluster import cgroups, layout, network, processes
from hack.images import buildah
from hack.steps import step, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIREWALL_TABLE = "kube-proxy"
_LINK_PREFIX = "veth"  # the CNI program ptp uses this prefix on the host; bridges belong to other clusters
_SECONDS = 20
_SANDBOXES = layout.CONTAINERD / "io.containerd.grpc.v1.cri/sandboxes"

# Paths outside our folders that are fixed in containerd, the CNI programs and the kubelet.
_CNI_RESULTS = Path("/var/lib/cni/results")
_CONTAINER_LOGS = Path("/var/log/containers")
_KUBELET_FIXED = Path("/var/lib/kubelet")
_CONTAINERD_FIXED = Path("/run/containerd")


def mounts_below(mountinfo: str, roots: Iterable[Path]) -> list[str]:
    """Return the mount points of /proc/self/mountinfo in `roots`, newest first."""
    # Field 5 is the mount point, in which blanks are octal escapes.
    points = [line.split()[4].encode().decode("unicode_escape") for line in mountinfo.splitlines()]
    return [point for point in reversed(points) if any(Path(point).is_relative_to(root) for root in roots)]


def pod_links(routes_json: str) -> list[str]:
    """Return the devices of `ip -json route` that route to pods."""
    subnet = ipaddress.ip_network(layout.POD_SUBNET)

    def routes_to_pod(route: dict[str, str]) -> bool:
        destination = route["dst"]
        return destination != "default" and ipaddress.ip_network(destination, strict=False).overlaps(subnet)

    routes = [route for route in json.loads(routes_json or "[]") if route.get("dev", "").startswith(_LINK_PREFIX)]
    return [route["dev"] for route in routes if routes_to_pod(route)]


def firewall_tables(listing: str) -> list[list[str]]:
    """Return [family, name] of kube-proxy's tables in the output of `nft list tables`."""
    return [words[1:3] for words in map(str.split, listing.splitlines()) if words[2:3] == [_FIREWALL_TABLE]]


def remove_everything(daemons: tuple[str, ...]) -> None:
    """Remove the node and its data; `daemons` are the names of its processes."""
    if not has_traces():
        return
    with step("end the node's processes"):
        _end_processes(daemons)
    with step("remove mounts"):
        _unmount(paths.STATE, layout.CONTAINERD_RUN)
    with step("remove links, rules and addresses"):
        _remove_links()
        remove_rules()
        network.remove()
    with step("remove cgroups and files"):
        cgroups.remove()
        _remove_traces_elsewhere()
        shutil.rmtree(layout.CONTAINERD_RUN, ignore_errors=True)
    with step("release the image store"), lock.exclusive(buildah.LOCK):
        _unmount(buildah.store_root(), paths.RUN)
        shutil.rmtree(paths.RUN, ignore_errors=True)


def has_traces() -> bool:
    """Return whether a node was created and not completely removed."""
    return paths.STATE.exists() or paths.RUN.exists() or layout.CONTAINERD_RUN.exists()


def _end_processes(daemons: tuple[str, ...]) -> None:
    def none_left() -> bool:
        """Kill all processes; the next round kills what they have started meanwhile."""
        found = [
            p for p in processes.list_processes() if processes.is_in_pod(p) or processes.is_daemon_of_node(p, daemons)
        ]
        processes.end(found, signal.SIGKILL, _SECONDS)
        return not found

    wait_until(none_left, _SECONDS, "no process of the node is left")


def _unmount(*roots: Path) -> None:
    for point in mounts_below(Path("/proc/self/mountinfo").read_text(), roots):
        commands.run(["umount", point])


def _remove_links() -> None:
    def none_left() -> bool:
        """Delete all links; the kernel may have removed one meanwhile, after its pod's namespace."""
        found = pod_links(commands.run(["ip", "-json", "route", "show"]))
        for link in found:
            commands.succeeds(["ip", "link", "delete", link])
        return not found

    wait_until(none_left, _SECONDS, "no link to a pod is left")


def remove_rules() -> None:
    """Remove kube-proxy's tables: a stopped one may leave incomplete tables, which the next would not repair."""
    if shutil.which("nft") is None:
        return
    for table in firewall_tables(commands.run(["nft", "list", "tables"])):
        commands.run(["nft", "delete", "table", *table])


def _rmdir_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # in use, or gone
        return


def _remove_traces_elsewhere() -> None:
    sandboxes = {sandbox.name for sandbox in _SANDBOXES.glob("*")}
    for result in _CNI_RESULTS.glob("*"):
        if sandboxes.intersection(result.name.split("-")):
            result.unlink()
    for link in _CONTAINER_LOGS.glob("*.log"):
        if link.is_symlink() and link.readlink().is_relative_to(layout.POD_LOGS):
            link.unlink()
    shutil.rmtree(_KUBELET_FIXED / "device-plugins", ignore_errors=True)
    if not any(Path(process.argv[0]).name.startswith("containerd") for process in processes.list_processes()):
        shutil.rmtree(_CONTAINERD_FIXED, ignore_errors=True)
    for folder in (_CNI_RESULTS, _CNI_RESULTS.parent, _CONTAINER_LOGS, _KUBELET_FIXED):
        _rmdir_if_empty(folder)
