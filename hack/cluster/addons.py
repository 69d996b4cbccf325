"""Renders the manifests of DNS, storage and metrics, which a cluster may lack.

Called by `node`, which applies all of `manifests`, and by `kind`, which lacks only metrics.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = Path(__file__).parent / "manifests"
METRICS = "metrics-server.yaml"
# How metrics-server verifies the kubelet's certificate.
KUBELET_OF_THE_CLUSTERS_CA = "--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
KUBELET_SIGNED_BY_ITSELF = "--kubelet-insecure-tls"
APPLY = ("apply", "--server-side", "--field-manager=hack", "--force-conflicts", "--filename=-")


def names() -> list[str]:
    """Return the file names of all manifests."""
    return sorted(file.name for file in _FOLDER.glob("*.yaml"))


def build_manifests(files: list[str], values: Mapping[str, str]) -> str:
    """Return the manifests with `${NAME}` replaced by the value of that name."""
    text = "---\n".join((_FOLDER / name).read_text() for name in files)
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text
