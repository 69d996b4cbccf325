"""Addresses and folders of the package node. Constants only; read by every module of the node."""

from __future__ import annotations

from hack import paths

NODE_NAME = "photoplatform"
NODE_ADDRESS = "10.89.0.1"  # a /32 on `lo`: reachable only from pods and from this machine
POD_SUBNET = "10.244.0.0/16"
SERVICE_SUBNET = "10.96.0.0/16"
API_SERVICE_ADDRESS = "10.96.0.1"
DNS_SERVICE_ADDRESS = "10.96.0.10"
CLUSTER_DOMAIN = "cluster.local"
API_URL = f"https://{NODE_ADDRESS}:6443"
ETCD_URL = "http://127.0.0.1:2379"

NODE = paths.STATE / "node"
CERTIFICATES = NODE / "certificates"
KUBECONFIGS = NODE / "kubeconfigs"
CONFIGURATION = NODE / "configuration"
LOGS = NODE / "log"
ETCD = NODE / "etcd"
KUBELET = NODE / "kubelet"
POD_LOGS = NODE / "pod-logs"
CONTAINERD = NODE / "containerd"
CNI = NODE / "cni"
CNI_ADDRESSES = CNI / "addresses"
CNI_CONFIGURATION = CNI / "configuration"
CNI_NETWORK = "photoplatform"
SYSCTLS = NODE / "sysctls-before.json"

CONTAINERD_RUN = paths.RUN / "containerd"
CONTAINERD_SOCKET = CONTAINERD_RUN / "containerd.sock"
LOCK = paths.RUN.with_name("photoplatform.lock")

CGROUP_ROOT = "photoplatform"  # in every cgroup hierarchy; the parent of all pods
