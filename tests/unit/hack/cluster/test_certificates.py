import base64
import json
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from hack.authority import Identity
from hack.cluster import certificates

IDENTITIES = certificates.build_identities("node-1", "10.89.0.1", "10.96.0.1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("state") / "certificates"
    certificates.ensure(made, IDENTITIES)
    return made


def certificate(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda identity: identity.file)
def test_the_authority_issued_every_identity(folder: Path, identity: Identity) -> None:
    certificate(folder, identity.file).verify_directly_issued_by(certificate(folder, "ca"))


def test_the_kubelet_is_the_user_that_the_node_authorizer_expects(folder: Path) -> None:
    subject = certificate(folder, "kubelet").subject
    assert subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "system:node:node-1"
    assert subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "system:nodes"


def test_the_api_is_served_under_its_service_and_node_addresses(folder: Path) -> None:
    names = certificate(folder, "apiserver").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(address) for address in names.get_values_for_type(x509.IPAddress)} >= {"10.96.0.1", "10.89.0.1"}


def test_keys_are_readable_by_their_owner_alone(folder: Path) -> None:
    keys = list(folder.glob("*.key"))
    assert keys
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}


def test_certificates_that_are_there_stay(folder: Path) -> None:
    before = (folder / "ca.crt").read_bytes()
    certificates.ensure(folder, IDENTITIES)
    assert (folder / "ca.crt").read_bytes() == before


def test_an_identity_that_a_new_version_adds_is_issued_by_the_authority_that_is_there(tmp_path: Path) -> None:
    certificates.ensure(tmp_path / "certificates", IDENTITIES[1:])
    before = certificate(tmp_path / "certificates", IDENTITIES[1].file)
    certificates.ensure(tmp_path / "certificates", IDENTITIES)
    added = certificate(tmp_path / "certificates", IDENTITIES[0].file)
    added.verify_directly_issued_by(certificate(tmp_path / "certificates", "ca"))
    assert certificate(tmp_path / "certificates", IDENTITIES[1].file) == before


def test_what_an_interrupted_run_left_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "certificates.unfinished").mkdir()
    certificates.ensure(tmp_path / "certificates", IDENTITIES)
    assert (tmp_path / "certificates" / "ca.crt").exists()
    assert not (tmp_path / "certificates.unfinished").exists()


def test_a_kubeconfig_carries_its_certificates(folder: Path) -> None:
    content = json.loads(certificates.build_kubeconfig("https://10.89.0.1:6443", folder, "admin"))
    embedded = base64.b64decode(content["users"][0]["user"]["client-certificate-data"])
    assert embedded == (folder / "admin.crt").read_bytes()
    assert content["clusters"][0]["cluster"]["server"] == "https://10.89.0.1:6443"
