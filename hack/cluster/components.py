"""The list of the node's processes, with their flags and their configuration files.

Used by `node`, which starts and stops them, and by tests. Pure: nothing is written or started here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hack.cluster import binaries, layout
from hack.cluster.certificates import AGGREGATOR

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hack.cluster.binaries import Program

DEBIAN_IMAGE = "docker.io/library/debian:bookworm-slim"


@dataclass(frozen=True)
class ConfigFile:
    """A configuration file. Its name has a digest of the content, so that a change also changes the command line."""

    path: Path
    text: str


@dataclass(frozen=True)
class Component:
    """One process of the node. It is identified by its exact command line, `argv`.

    `health` is a URL that returns 200 or a unix:// socket that accepts connections if it is ready; empty if it has
    neither.
    """

    name: str
    argv: tuple[str, ...]
    health: str
    files: tuple[ConfigFile, ...] = ()
    seconds_to_ready: float = 60

    @property
    def log(self) -> Path:
        """The file that its output is appended to."""
        return layout.LOGS / f"{self.name}.log"


def build_components(binary: Callable[[Program], Path]) -> tuple[Component, ...]:
    """Return every process in the order of start; `binary` returns the path of a program.

    The last one, the volume provisioner, has its settings in the cluster, so it starts after the manifests are applied.
    """
    return (
        _containerd(image_name(binary(binaries.PAUSE))),
        _etcd(binary(binaries.ETCD)),
        _apiserver(binary(binaries.APISERVER)),
        _controller_manager(binary(binaries.CONTROLLER_MANAGER)),
        _scheduler(binary(binaries.SCHEDULER)),
        _kubelet(binary(binaries.KUBELET)),
        _proxy(binary(binaries.PROXY)),
        _volumes(binary(binaries.LOCAL_PATH)),
    )


def image_name(binary: Path) -> str:
    """Return the name of the image that contains only `binary`; its tag changes with the binary."""
    program, _, tag = binary.name.partition("-")
    return f"localhost/photoplatform-node/{program}:{tag}"


def build_cni_configuration() -> ConfigFile:
    """Return the configuration of the pod network: a point-to-point link per pod, without bridge and iptables."""
    ipam = {
        "type": "host-local",
        "dataDir": str(layout.CNI_ADDRESSES),
        "ranges": [[{"subnet": "10.244.0.0/24"}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    plugin = {"type": "ptp", "ipMasq": False, "ipam": ipam}
    content = {"cniVersion": "1.0.0", "name": layout.CNI_NETWORK, "plugins": [plugin]}
    return ConfigFile(layout.CNI_CONFIGURATION / "10-pods.conflist", json.dumps(content, indent=1))


def _config_file(stem: str, suffix: str, text: str) -> ConfigFile:
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return ConfigFile(layout.CONFIGURATION / f"{stem}-{digest}.{suffix}", text)


def _certificate(name: str) -> str:
    return str(layout.CERTIFICATES / name)


def _kubeconfig(name: str) -> str:
    return f"--kubeconfig={layout.KUBECONFIGS / name}"


def _containerd(pause_image: str) -> Component:
    text = f"""version = 2
root = "{layout.CONTAINERD}"
state = "{layout.CONTAINERD_RUN}"
[grpc]
  address = "{layout.CONTAINERD_SOCKET}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{layout.CONTAINERD}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause_image}"
  # Without CAP_SYS_RESOURCE a lower OOM score cannot be set, and every sandbox would fail.
  restrict_oom_score_adj = true
  # With network namespaces in our own folder, other clusters' are not touched.
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{layout.CNI_CONFIGURATION}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
"""
    file = _config_file("containerd", "toml", text)
    argv = ("/usr/bin/containerd", "--config", str(file.path))
    return Component("containerd", argv, f"unix://{layout.CONTAINERD_SOCKET}", (file,))


def _etcd(program: Path) -> Component:
    peer = "http://127.0.0.1:2380"
    return Component(
        "etcd",
        (
            str(program),
            f"--data-dir={layout.ETCD}",
            f"--listen-client-urls={layout.ETCD_URL}",
            f"--advertise-client-urls={layout.ETCD_URL}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            # The data survives the end of all processes but not a power cut, which is enough for development and CI.
            "--unsafe-no-fsync",
        ),
        f"{layout.ETCD_URL}/health",
    )


def _apiserver(program: Path) -> Component:
    return Component(
        "kube-apiserver",
        (
            str(program),
            f"--advertise-address={layout.NODE_ADDRESS}",
            f"--bind-address={layout.NODE_ADDRESS}",
            f"--etcd-servers={layout.ETCD_URL}",
            f"--service-cluster-ip-range={layout.SERVICE_SUBNET}",
            f"--client-ca-file={_certificate('ca.crt')}",
            f"--tls-cert-file={_certificate('apiserver.crt')}",
            f"--tls-private-key-file={_certificate('apiserver.key')}",
            f"--service-account-key-file={_certificate('service-accounts.pub')}",
            f"--service-account-signing-key-file={_certificate('service-accounts.key')}",
            f"--service-account-issuer=https://kubernetes.default.svc.{layout.CLUSTER_DOMAIN}",
            f"--kubelet-client-certificate={_certificate('apiserver-to-kubelet.crt')}",
            f"--kubelet-client-key={_certificate('apiserver-to-kubelet.key')}",
            "--kubelet-preferred-address-types=InternalIP",
            # metrics-server, an aggregated API server, trusts user names from clients with this certificate.
            f"--requestheader-client-ca-file={_certificate('ca.crt')}",
            f"--requestheader-allowed-names={AGGREGATOR}",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            f"--proxy-client-cert-file={_certificate(f'{AGGREGATOR}.crt')}",
            f"--proxy-client-key-file={_certificate(f'{AGGREGATOR}.key')}",
            "--enable-aggregator-routing=true",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
            "--profiling=false",
        ),
        f"{layout.API_URL}/readyz",
        seconds_to_ready=120,
    )


def _controller_manager(program: Path) -> Component:
    return Component(
        "kube-controller-manager",
        (
            str(program),
            _kubeconfig("controller-manager"),
            "--bind-address=127.0.0.1",
            f"--service-account-private-key-file={_certificate('service-accounts.key')}",
            f"--root-ca-file={_certificate('ca.crt')}",
            f"--cluster-signing-cert-file={_certificate('ca.crt')}",
            f"--cluster-signing-key-file={_certificate('ca.key')}",
            "--use-service-account-credentials=true",
            # There is one of each, so no election: a slow disk cannot cost the leadership.
            "--leader-elect=false",
            "--allocate-node-cidrs=false",
            "--controllers=*,-node-ipam-controller,-node-route-controller,-service-lb-controller",
            "--terminated-pod-gc-threshold=50",
        ),
        "https://127.0.0.1:10257/healthz",
    )


def _scheduler(program: Path) -> Component:
    return Component(
        "kube-scheduler",
        (str(program), _kubeconfig("scheduler"), "--bind-address=127.0.0.1", "--leader-elect=false"),
        "https://127.0.0.1:10259/healthz",
    )


def _proxy(program: Path) -> Component:
    return Component(
        "kube-proxy",
        (
            str(program),
            _kubeconfig("proxy"),
            "--proxy-mode=nftables",
            f"--hostname-override={layout.NODE_NAME}",
            f"--cluster-cidr={layout.POD_SUBNET}",
            "--healthz-bind-address=127.0.0.1:10256",
            "--metrics-bind-address=127.0.0.1:10249",
            # 0 leaves the machine's settings of connection tracking unchanged.
            "--conntrack-max-per-core=0",
            "--conntrack-tcp-timeout-established=0s",
            "--conntrack-tcp-timeout-close-wait=0s",
        ),
        "http://127.0.0.1:10256/livez",
    )


def _kubelet(program: Path) -> Component:
    file = _config_file("kubelet", "json", json.dumps(_kubelet_configuration(), indent=1))
    return Component(
        "kubelet",
        (
            str(program),
            _kubeconfig("kubelet"),
            f"--config={file.path}",
            f"--hostname-override={layout.NODE_NAME}",
            f"--node-ip={layout.NODE_ADDRESS}",
            f"--root-dir={layout.KUBELET}",
        ),
        "http://127.0.0.1:10248/healthz",
        (file,),
    )


def _kubelet_configuration() -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": layout.NODE_ADDRESS,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": _certificate("ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": _certificate("kubelet.crt"),
        "tlsPrivateKeyFile": _certificate("kubelet.key"),
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.CGROUP_ROOT}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "clusterDNS": [layout.DNS_SERVICE_ADDRESS],
        "clusterDomain": layout.CLUSTER_DOMAIN,
        "containerRuntimeEndpoint": f"unix://{layout.CONTAINERD_SOCKET}",
        "podLogsDir": str(layout.POD_LOGS),
        "volumePluginDir": str(layout.KUBELET / "volume-plugins"),
        "resolvConf": "/etc/resolv.conf",
        # Images come from builds and not from a registry, so they must not be garbage-collected.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "200Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        # kube-proxy uses nftables, so the kubelet's iptables rules are not needed.
        "makeIPTablesUtilChains": False,
    }


def _volumes(program: Path) -> Component:
    return Component(
        "local-path-provisioner",
        (
            str(program),
            "start",
            _kubeconfig("volumes"),
            "--namespace=local-path-storage",
            "--provisioner-name=rancher.io/local-path",
            f"--helper-image={DEBIAN_IMAGE}",
            "--service-account-name=local-path-helper",
        ),
        "",
    )
