"""The node's own certificate authority, one certificate per identity, and kubeconfigs that hold them.

Called by `node.up`. The files are made together and renamed into place, so they are whole or absent. They never
leave the machine and live as long as the cluster's data.
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pathlib import Path

# A fixed span: a development cluster outlives no certificate, and no clock is asked.
_NOT_BEFORE = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
_NOT_AFTER = datetime.datetime(2049, 12, 31, tzinfo=datetime.UTC)
_SERVICE_ACCOUNT = "service-accounts"
AGGREGATOR = "aggregator"  # as whom the API server speaks for its users to the servers behind it


@dataclass(frozen=True)
class Identity:
    """Who a certificate is for: RBAC reads `common_name` as the user and `group` as its group."""

    file: str
    common_name: str
    group: str | None = None
    dns_names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


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
    """Return a kubeconfig (in JSON, which is YAML) that carries the certificates themselves."""

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
    """Make `<file>.crt` and `<file>.key` of every identity, the CA's and the service-account keys, unless there."""
    if not folder.exists():
        _make(folder, identities)
    missing = [identity for identity in identities if not (folder / f"{identity.file}.crt").exists()]
    if missing:  # the folder is of a version that knew fewer
        authority = _read(folder, "ca")
        for identity in missing:
            _write(folder, identity.file, _issue(authority, identity))


def _make(folder: Path, identities: tuple[Identity, ...]) -> None:
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    authority = _authority()
    _write(unfinished, "ca", authority)
    for identity in identities:
        _write(unfinished, identity.file, _issue(authority, identity))
    _write_service_account_keys(unfinished)
    unfinished.rename(folder)


def _builder(name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(_NOT_AFTER)
    )


def _authority() -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "photoplatform-ca")])
    builder = _builder(name, name, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return _Pair(builder.sign(key, hashes.SHA256()), key)


def _issue(authority: _Pair, identity: Identity) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, identity.common_name)]
    if identity.group:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, identity.group))
    usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    builder = _builder(x509.Name(attributes), authority.certificate.subject, key)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(usages, critical=False)
    alternatives = _alternatives(identity)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return _Pair(builder.sign(authority.key, hashes.SHA256()), key)


def _alternatives(identity: Identity) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in identity.dns_names]
    return names + [x509.IPAddress(ipaddress.ip_address(address)) for address in identity.addresses]


def _read(folder: Path, name: str) -> _Pair:
    key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{name}.key is no key of an elliptic curve")
    return _Pair(x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes()), key)


def _write(folder: Path, name: str, pair: _Pair) -> None:
    """Write a pair, the certificate last and whole: with it, the key is there."""
    _write_private(folder / f"{name}.key", pair.key)
    unfinished = folder / f"{name}.crt.unfinished"
    unfinished.write_bytes(pair.certificate.public_bytes(serialization.Encoding.PEM))
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
