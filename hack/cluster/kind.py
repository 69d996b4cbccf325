"""The cluster on a Docker engine: kind, with the interface of `hack.cluster.cluster`.

Not tested by the project's own CI, which has no Docker engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hack import commands, paths
from hack.cluster import addons, binaries, components, node_images
from hack.images.docker import Docker
from hack.steps import step

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "photoplatform"


class Kind:
    """A kind cluster with a control plane and a worker, as in `kind-config.yaml`."""

    node_address = "127.0.0.1"  # kind-config.yaml maps the node ports to this machine

    def __init__(self) -> None:
        self.builder = Docker()

    def prepare_builds(self) -> None:
        """Do nothing: Docker pulls the base image itself."""

    def up(self) -> None:
        """Create the cluster if it does not exist, and write its kubeconfig."""
        binaries.ensure((*binaries.TOOLS, *binaries.FOR_IMAGES, binaries.KIND, binaries.METRICS_SERVER))
        binaries.link_tools(binaries.TOOLS)
        binaries.ensure_promtool()
        if _NAME not in _kind("get", "clusters").split():
            log = paths.LOGS / "kind.log"
            with step("create the kind cluster (some minutes the first time)", log):
                _kind("create", "cluster", "--config", str(paths.ROOT / "kind-config.yaml"), "--wait", "5m", log=log)
        paths.LOCAL.mkdir(exist_ok=True)
        _kind("export", "kubeconfig", "--kubeconfig", str(paths.KUBECONFIG))
        self._install_metrics_server()

    def _install_metrics_server(self) -> None:
        """Install metrics-server, which kind does not have."""
        node_images.ensure_single_binary(self.builder, self, binaries.METRICS_SERVER)
        image = components.image_name(binaries.path(binaries.METRICS_SERVER))
        values = {"METRICS_SERVER_IMAGE": image, "KUBELET_TLS": addons.KUBELET_SIGNED_BY_ITSELF}
        with step("apply metrics"):
            kubectl, config = binaries.path(binaries.KUBECTL), f"--kubeconfig={paths.KUBECONFIG}"
            commands.run([kubectl, config, *addons.APPLY], stdin=addons.build_manifests([addons.METRICS], values))

    def down(self) -> None:
        """Delete the cluster; kind removes its containers and its network."""
        binaries.ensure((binaries.KIND,))
        with step("delete the kind cluster"):
            _kind("delete", "cluster", "--kubeconfig", str(paths.KUBECONFIG))

    def status(self) -> dict[str, str]:
        """Return kind's nodes."""
        return dict.fromkeys(_nodes(), "exists")

    def has_image(self, name: str) -> bool:
        """Return whether containerd in every node has `name`."""
        return all(commands.succeeds(["docker", "exec", node, "crictl", "inspecti", name]) for node in _nodes())

    def load_image(self, archive: Path) -> None:
        """Import an archive of `docker save` into every node."""
        _kind("load", "image-archive", str(archive))


def _kind(*words: str, log: Path | None = None) -> str:
    named = words if words[:2] == ("get", "clusters") else (*words, "--name", _NAME)
    return commands.run([binaries.path(binaries.KIND), *named], log=log)


def _nodes() -> list[str]:
    return _kind("get", "nodes").split()
