"""Changes the machine's network and kernel settings for the node, and restores them.

Called by `node` (up) and `cleanup` (down). kube-proxy writes the firewall rules, and `cleanup` removes them.
"""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from hack import commands
from hack.cluster import layout

if TYPE_CHECKING:
    from collections.abc import Mapping

_IP_FORWARD = "net/ipv4/ip_forward"
# Makes connection tracking record start times: tests need them, since addresses of deleted pods are reused.
_CONNECTION_TIMES = "net/netfilter/nf_conntrack_timestamp"
# Everything that the node sets: pods need forwarding; kube-proxy and the kubelet write the others when they start.
_CHANGED_SYSCTLS = (
    _IP_FORWARD,
    "net/ipv4/conf/all/route_localnet",
    "net/netfilter/nf_conntrack_max",
    _CONNECTION_TIMES,
    "kernel/panic",
    "kernel/panic_on_oops",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
)
_PROC_SYS = Path("/proc/sys")
_DNS_TIMEOUT_SECONDS = 2


def has_address(addresses_json: str) -> bool:
    """Return whether `ip -json address show dev lo` lists the node's address."""
    found = json.loads(addresses_json or "[]")
    return any(entry.get("local") == layout.NODE_ADDRESS for link in found for entry in link.get("addr_info", []))


def build_dns_query(name: str, identifier: int) -> bytes:
    """Return a DNS query for the IPv4 address of `name`."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    # Recursion desired, one question: type A, class IN.
    return identifier.to_bytes(2, "big") + b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + b"\0\0\x01\0\x01"


def is_dns_answer(message: bytes, identifier: int) -> bool:
    """Return whether `message` is a successful response to that query, with at least one record."""
    return len(message) > 12 and message[:2] == identifier.to_bytes(2, "big") and not message[3] & 15 and message[7] > 0


def ensure() -> None:
    """Add the node's address to `lo`, and enable forwarding and connection times."""
    _save_sysctls()
    switches = (_IP_FORWARD, _CONNECTION_TIMES)
    _write_sysctls({name: "1" for name in switches if (_PROC_SYS / name).exists()})
    if not has_address(_loopback()):
        commands.run(["ip", "address", "add", f"{layout.NODE_ADDRESS}/32", "dev", "lo"])


def remove() -> None:
    """Remove the address and restore the kernel's settings."""
    if has_address(_loopback()):
        commands.run(["ip", "address", "delete", f"{layout.NODE_ADDRESS}/32", "dev", "lo"])
    if layout.SYSCTLS.exists():
        _write_sysctls(json.loads(layout.SYSCTLS.read_text()))


def resolves(name: str) -> bool:
    """Return whether the cluster's DNS Service resolves `name`, through kube-proxy as from a pod."""
    identifier = random.randrange(1 << 16)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.settimeout(_DNS_TIMEOUT_SECONDS)
        try:
            channel.connect((layout.DNS_SERVICE_ADDRESS, 53))
            channel.send(build_dns_query(name, identifier))
            return is_dns_answer(channel.recv(1024), identifier)
        except OSError:
            return False


def _loopback() -> str:
    return commands.run(["ip", "-json", "address", "show", "dev", "lo"])


def _save_sysctls() -> None:
    if layout.SYSCTLS.exists():
        return
    present = (name for name in _CHANGED_SYSCTLS if (_PROC_SYS / name).exists())
    values = {name: (_PROC_SYS / name).read_text().strip() for name in present}
    layout.SYSCTLS.parent.mkdir(parents=True, exist_ok=True)
    unfinished = layout.SYSCTLS.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(values, indent=1))
    unfinished.rename(layout.SYSCTLS)


def _write_sysctls(values: Mapping[str, str]) -> None:
    for name, value in values.items():
        if (_PROC_SYS / name).read_text().strip() != value:
            (_PROC_SYS / name).write_text(value)
