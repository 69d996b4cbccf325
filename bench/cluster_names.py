"""Makes this process resolve names as a pod does, without changing the host.

Called by `python -m bench` before the first connection to an engine. Brokers and nodes announce names that only the
cluster's DNS can resolve. So the process restarts itself in its own mount namespace, in which /etc/resolv.conf names
that DNS server. The namespace ends with the process and affects no other one.
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
    """Return whether this process already runs in such a namespace."""
    return DOMAIN in RESOLVER.read_text()


def build_resolver(address: str) -> str:
    """Return a pod's resolv.conf for the cluster's DNS at an address."""
    return f"nameserver {address}\nsearch {NAMESPACE}.{DOMAIN} {DOMAIN} cluster.local\noptions ndots:5\n"


def enter() -> None:
    """Restart this command in such a namespace; does not return."""
    with step("resolve names by the cluster's DNS"):
        api = config.new_client_from_config(str(paths.KUBECONFIG))
        service = client.CoreV1Api(api).read_namespaced_service("kube-dns", "kube-system")
        handle, own = tempfile.mkstemp(prefix="photoplatform-bench-")
        os.write(handle, build_resolver(service.spec.cluster_ip).encode())
        os.fchmod(handle, 0o644)
        os.close(handle)
    # the mount stays after the file is deleted
    mount = f'mount --bind "{own}" {RESOLVER} && rm "{own}" && exec "$@"'
    command = [sys.executable, "-m", "bench", *sys.argv[1:]]
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, "sh", *command])  # noqa: S606
