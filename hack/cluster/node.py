"""A Kubernetes node from packages, for machines without a Docker engine.

Used through `hack.cluster.cluster`. `up` and `down` only call the parts in order. Each part inspects the machine and
does what is missing, so both can be run at any time and after any interruption.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from hack import commands, lock, paths
from hack.cluster import (
    addons,
    binaries,
    certificates,
    cgroups,
    cleanup,
    components,
    layout,
    network,
    node_images,
    packages,
    processes,
)
from hack.images import debian_base
from hack.images.buildah import Buildah
from hack.steps import StepError, step, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from hack.cluster.components import Component, ConfigFile

_REMOVAL_BEGUN = paths.STATE / "removal-begun"
_DNS_NAME = f"kubernetes.default.svc.{layout.CLUSTER_DOMAIN}"
_STOP_SECONDS = 10
_NODE_SECONDS = 180


class PackageNode:
    """A cluster of one node, which runs directly on this machine."""

    node_address = layout.NODE_ADDRESS

    def __init__(self) -> None:
        self.builder = Buildah()

    def prepare_builds(self) -> None:
        """Install buildah, and put the base image into its store."""
        packages.ensure()
        debian_base.ensure(self.builder)

    def up(self) -> None:
        """Create the node, or restart it with its data."""
        with lock.exclusive(layout.LOCK):
            if _REMOVAL_BEGUN.exists():
                _remove()
            _up(self)

    def down(self) -> None:
        """Remove everything but built binaries and images in the cache."""
        with lock.exclusive(layout.LOCK):
            _remove()

    def status(self) -> dict[str, str]:
        """Return process -> pid and health, for people to read."""
        alive = processes.list_processes()
        return {component.name: _describe(component, alive) for component in _components()}

    def has_image(self, name: str) -> bool:
        """Return whether the node can start containers of `name`."""
        return node_images.has(name)

    def load_image(self, archive: Path) -> None:
        """Import an OCI archive."""
        node_images.load(archive)


def _components() -> tuple[Component, ...]:
    return components.build_components(binaries.path)


def _up(node: PackageNode) -> None:
    packages.ensure()
    binaries.ensure(binaries.NODE + binaries.TOOLS + binaries.FOR_IMAGES)
    binaries.link_tools(binaries.TOOLS)
    binaries.ensure_promtool()
    _prepare()
    containerd, *control_plane, volumes = _components()
    _ensure_running(containerd)
    node_images.ensure(node.builder, node)
    for component in control_plane:
        _ensure_running(component)
    _apply_manifests()
    _ensure_running(volumes)
    _wait_until_serving()


def _prepare() -> None:
    """Add the address and the cgroups; write certificates, kubeconfigs and the configuration of the pod network."""
    network.ensure()
    cgroups.ensure()
    identities = certificates.build_identities(layout.NODE_NAME, layout.NODE_ADDRESS, layout.API_SERVICE_ADDRESS)
    certificates.ensure(layout.CERTIFICATES, identities)
    for name in ("admin", "controller-manager", "scheduler", "proxy", "kubelet", "volumes"):
        text = certificates.build_kubeconfig(layout.API_URL, layout.CERTIFICATES, name)
        _write(components.ConfigFile(layout.KUBECONFIGS / name, text))
    _write(components.ConfigFile(paths.KUBECONFIG, (layout.KUBECONFIGS / "admin").read_text()))
    _write(components.build_cni_configuration())


def _write(file: ConfigFile) -> None:
    """Write a file if its content differs; only the owner may read it, since kubeconfigs are among them."""
    if file.path.exists() and file.path.read_text() == file.text:
        return
    file.path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.path.with_name(f"{file.path.name}.unfinished")
    unfinished.touch(mode=0o600)
    unfinished.write_text(file.text)
    unfinished.rename(file.path)


def _ensure_running(component: Component) -> None:
    alive = processes.list_processes()
    if processes.running(component, alive) and _is_ready(component):
        return
    with step(f"start {component.name}", component.log):
        if not processes.running(component, alive):
            outdated = [process for process in alive if processes.is_daemon_of_node(process, (component.name,))]
            # Shims belong to pods, which keep running during a restart of containerd.
            processes.stop([p for p in outdated if "-shim-" not in p.argv[0]], _STOP_SECONDS)
            if component.name == binaries.PROXY.name:
                cleanup.remove_rules()
            for file in component.files:
                _write(file)
            processes.start(component)
        wait_until(lambda: _is_ready_or_fail(component), component.seconds_to_ready, f"{component.name} is ready")


def _is_ready(component: Component) -> bool:
    return not component.health or processes.is_healthy(component.health)


def _is_ready_or_fail(component: Component) -> bool:
    if not processes.running(component, processes.list_processes()):
        raise StepError(f"start {component.name}", "the process ended by itself", component.log)
    return _is_ready(component)


def _kubectl(*words: str, stdin: str | None = None) -> str:
    kubectl = binaries.path(binaries.KUBECTL)
    return commands.run([kubectl, f"--kubeconfig={layout.KUBECONFIGS / 'admin'}", *words], stdin=stdin)


def _apply_manifests() -> None:
    coredns = components.image_name(binaries.path(binaries.COREDNS))
    metrics = components.image_name(binaries.path(binaries.METRICS_SERVER))
    tls = addons.KUBELET_OF_THE_CLUSTERS_CA
    values = {"COREDNS_IMAGE": coredns, "METRICS_SERVER_IMAGE": metrics, "KUBELET_TLS": tls}
    with step("apply DNS, storage and metrics"):
        _kubectl(*addons.APPLY, stdin=addons.build_manifests(addons.names(), values))


def _wait_until_serving() -> None:
    log = layout.LOGS / "kubelet.log"
    with step("wait for the node and its DNS", log):
        wait_until(_node_is_registered, _NODE_SECONDS, "the kubelet has registered the node")
        _kubectl("wait", "--for=condition=Ready", f"node/{layout.NODE_NAME}", f"--timeout={_NODE_SECONDS}s")
        wait_until(lambda: network.resolves(_DNS_NAME), _NODE_SECONDS, "the cluster's DNS answers")


def _node_is_registered() -> bool:
    return bool(_kubectl("get", "nodes", "--output=name").strip())


def _remove() -> None:
    if paths.STATE.exists():
        _REMOVAL_BEGUN.touch()
    daemons = tuple(component.name for component in _components())
    cleanup.remove_everything(daemons)
    with step("remove the node's data"):
        _remove_state()


def _remove_state() -> None:
    """Remove everything, and the marker last, so that the next run resumes an interrupted removal."""
    paths.KUBECONFIG.unlink(missing_ok=True)
    if not paths.STATE.exists():
        return
    for entry in paths.STATE.iterdir():
        if entry != _REMOVAL_BEGUN:
            shutil.rmtree(entry)
    shutil.rmtree(paths.STATE)


def _describe(component: Component, alive: list[processes.Process]) -> str:
    found = processes.running(component, alive)
    if not found:
        return "not running"
    return f"{'ready' if _is_ready(component) else 'not ready'}, pid {found[0].pid}"
