"""Lets this process resolve the cluster's names as a pod does, and leaves the host as it is.

Called by `python -m bench` before anything asks an engine. Brokers and nodes tell clients names that only the cluster's
DNS knows. The process starts itself again in a mount namespace of its own, where /etc/resolv.conf names that DNS; the
namespace ends with the process, and nobody else sees it.
"""

import os
import sys
import tempfile
from pathlib import Path

from kubernetes import client, config

from hack import paths
from hack.integration import NAMESPACE
from hack.steps import step

RESOLVER = Path("/etc/resolv.conf")
DOMAIN = "svc.cluster.local"


def are_known() -> bool:
    """Tell whether this process is in such a namespace already."""
    return DOMAIN in RESOLVER.read_text()


def build_resolver(address: str) -> str:
    """Return a pod's resolv.conf for the cluster's DNS at an address."""
    return f"nameserver {address}\nsearch {NAMESPACE}.{DOMAIN} {DOMAIN} cluster.local\noptions ndots:5\n"


def enter() -> None:
    """Start this very command again where the names are known; does not return."""
    with step("resolve names by the cluster's DNS"):
        api = config.new_client_from_config(str(paths.KUBECONFIG))
        service = client.CoreV1Api(api).read_namespaced_service("kube-dns", "kube-system")
        handle, own = tempfile.mkstemp(prefix="photoplatform-bench-")
        os.write(handle, build_resolver(service.spec.cluster_ip).encode())
        os.fchmod(handle, 0o644)
        os.close(handle)
    # what is mounted stays after its name is gone
    mount = f'mount --bind "{own}" {RESOLVER} && rm "{own}" && exec "$@"'
    command = [sys.executable, "-m", "bench", *sys.argv[1:]]
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, "sh", *command])  # noqa: S606
