"""Creates the node's certificate authority, one certificate per identity, and kubeconfigs that contain them.

Called by `node.up`. The files are written to another folder, which is then renamed, so they are complete or absent.
They never leave the machine, and exist as long as the cluster's data.
"""

from __future__ import annotations

import base64
import json
import shutil
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hack.authority import Identity, Pair, issue, make_authority, read_pair

if TYPE_CHECKING:
    from pathlib import Path

_SERVICE_ACCOUNT = "service-accounts"
AGGREGATOR = "aggregator"  # the API server's identity towards aggregated API servers


def build_identities(node_name: str, node_address: str, api_service_address: str) -> tuple[Identity, ...]:
    """Return every identity of the control plane and the node."""
    names = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost")
    return (
        Identity(
            "apiserver", "kube-apiserver", dns_names=names, addresses=(node_address, api_service_address, "127.0.0.1")
        ),
        Identity("apiserver-to-kubelet", "kube-apiserver-kubelet-client", group="system:masters"),
        Identity(AGGREGATOR, AGGREGATOR),
        Identity("admin", "admin", group="system:masters"),
        Identity("controller-manager", "system:kube-controller-manager"),
        Identity("scheduler", "system:kube-scheduler"),
        Identity("proxy", "system:kube-proxy"),
        Identity("volumes", "local-path-provisioner", group="system:masters"),
        Identity(
            "kubelet",
            f"system:node:{node_name}",
            group="system:nodes",
            dns_names=(node_name,),
            addresses=(node_address,),
        ),
    )


def build_kubeconfig(server: str, folder: Path, name: str) -> str:
    """Return a kubeconfig (as JSON, which is YAML) with embedded certificates."""

    def embedded(file: str) -> str:
        return base64.b64encode((folder / file).read_bytes()).decode()

    user = {"client-certificate-data": embedded(f"{name}.crt"), "client-key-data": embedded(f"{name}.key")}
    cluster = {"server": server, "certificate-authority-data": embedded("ca.crt")}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "photoplatform", "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": "photoplatform", "context": {"cluster": "photoplatform", "user": name}}],
        "current-context": "photoplatform",
    }
    return json.dumps(content, indent=1)


def ensure(folder: Path, identities: tuple[Identity, ...]) -> None:
    """Create the missing certificates and keys of all identities, of the CA and of service accounts."""
    if not folder.exists():
        _make(folder, identities)
    missing = [identity for identity in identities if not (folder / f"{identity.file}.crt").exists()]
    if missing:  # the folder was written by a version with fewer identities
        authority = _read(folder, "ca")
        for identity in missing:
            _write(folder, identity.file, issue(authority, identity))


def _make(folder: Path, identities: tuple[Identity, ...]) -> None:
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    authority = make_authority("photoplatform-ca")
    _write(unfinished, "ca", authority)
    for identity in identities:
        _write(unfinished, identity.file, issue(authority, identity))
    _write_service_account_keys(unfinished)
    unfinished.rename(folder)


def _read(folder: Path, name: str) -> Pair:
    return read_pair((folder / f"{name}.crt").read_bytes(), (folder / f"{name}.key").read_bytes())


def _write(folder: Path, name: str, pair: Pair) -> None:
    """Write the key, then the certificate, so that every certificate has its key."""
    _write_private(folder / f"{name}.key", pair.key)
    unfinished = folder / f"{name}.crt.unfinished"
    unfinished.write_bytes(pair.certificate_pem)
    unfinished.rename(folder / f"{name}.crt")


def _write_private(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    file.touch(mode=0o600)
    # SEC 1 rather than PKCS 8: kube-apiserver reads service-account keys in both, and this is what openssl prints.
    form = serialization.PrivateFormat.TraditionalOpenSSL
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))


def _write_service_account_keys(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    _write_private(folder / f"{_SERVICE_ACCOUNT}.key", key)
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    (folder / f"{_SERVICE_ACCOUNT}.pub").write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, public))
