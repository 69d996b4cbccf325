import io
import json
import tarfile
from pathlib import Path

import pytest

from hack.release.plan import Plan
from hack.release.sbom import build_debian_components, build_sbom, parse_dpkg_status, read_dpkg_status

PLAN = Plan("0.1.0", "abc", 0, "notes")
STATUS = """Package: libssl3
Status: install ok installed
Architecture: amd64
Version: 3.0.17-1~deb12u2
Description: Secure Sockets Layer toolkit
 Status: this line continues the description

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1.0
"""
OTHER_STATUS = "Package: base\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n"


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def layer(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in files.items():
            add(archive, name, text.encode())
    return content.getvalue()


def write_image(path: Path, layers: list[bytes]) -> None:
    digests = [f"sha256:{number}" for number in range(len(layers))]
    manifest = {"layers": [{"digest": digest} for digest in digests]}
    with tarfile.open(path, "w") as archive:
        add(archive, "index.json", json.dumps({"manifests": [{"digest": "sha256:manifest"}]}).encode())
        add(archive, "blobs/sha256/manifest", json.dumps(manifest).encode())
        for digest, content in zip(digests, layers, strict=True):
            add(archive, f"blobs/{digest.replace(':', '/')}", content)


def test_packages_are_those_of_the_topmost_layer_that_installed_any(tmp_path: Path) -> None:
    layers = [layer({"./var/lib/dpkg/status": OTHER_STATUS}), layer({"var/lib/dpkg/status": STATUS}), layer({"a": "b"})]
    write_image(tmp_path / "image.tar", layers)
    assert read_dpkg_status(tmp_path / "image.tar") == STATUS


def test_an_image_without_debian_packages_is_an_error(tmp_path: Path) -> None:
    write_image(tmp_path / "image.tar", [layer({"a": "b"})])
    with pytest.raises(ValueError, match=r"image\.tar has no"):
        read_dpkg_status(tmp_path / "image.tar")


def test_only_installed_packages_are_listed() -> None:
    assert list(parse_dpkg_status(STATUS)) == [("libssl3", "3.0.17-1~deb12u2", "amd64")]


def test_a_package_of_two_images_is_listed_once_with_its_package_url() -> None:
    components = build_debian_components([("b", "2+deb12u1", "amd64"), ("a", "1", "all"), ("b", "2+deb12u1", "amd64")])
    assert [component["purl"] for component in components] == [
        "pkg:deb/debian/a@1?arch=all&distro=debian-12",
        "pkg:deb/debian/b@2%2Bdeb12u1?arch=amd64&distro=debian-12",
    ]


def test_the_document_names_the_release_and_has_nothing_random() -> None:
    exported = {
        "serialNumber": "urn:uuid:random",
        "metadata": {"timestamp": "now", "component": {"name": "workspace"}},
        "components": [{"name": "fastapi"}],
    }
    document = json.loads(build_sbom(json.dumps(exported), [{"name": "libssl3"}], PLAN))
    assert "serialNumber" not in document
    assert document["metadata"]["timestamp"] == "1970-01-01T00:00:00Z"
    assert document["metadata"]["component"] == {"type": "application", "name": "photoplatform", "version": "0.1.0"}
    assert [component["name"] for component in document["components"]] == ["fastapi", "libssl3"]
