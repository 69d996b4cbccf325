"""The software bill of materials of a release: locked Python packages and the Debian packages of the images.

Called by `hack.release.command`. The Python part is the CycloneDX document that uv exports from uv.lock; the Debian
part is read from the image archives themselves, so it lists what they contain.
"""

import datetime
import json
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from hack.release.plan import Plan

Json = dict[str, Any]
DPKG_STATUS = "var/lib/dpkg/status"
DISTRIBUTION = "debian-12"


def read_dpkg_status(archive: Path) -> str:
    """Return dpkg's list of installed packages from an OCI image archive: that of the topmost layer that has one."""
    with tarfile.open(archive) as image:
        index = _read_json(image, "index.json")
        manifest = _read_json(image, _blob(index["manifests"][0]["digest"]))
        for layer in reversed(manifest["layers"]):
            content = image.extractfile(_blob(layer["digest"]))
            with tarfile.open(fileobj=content) as files:
                if status := _find(files, DPKG_STATUS):
                    return status
    raise ValueError(f"{archive.name} has no {DPKG_STATUS}")


def parse_dpkg_status(status: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, version and architecture of every installed package."""
    for paragraph in status.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
        if fields.get("Status", "").endswith(" installed"):
            yield fields["Package"], fields["Version"], fields["Architecture"]


def build_debian_components(packages: Iterable[tuple[str, str, str]]) -> list[Json]:
    """Return CycloneDX components for Debian packages, sorted and without duplicates."""
    return [
        {
            "type": "library",
            "bom-ref": f"{name}@{version}",
            "name": name,
            "version": version,
            "purl": f"pkg:deb/debian/{name}@{version.replace('+', '%2B')}?arch={architecture}&distro={DISTRIBUTION}",
        }
        for name, version, architecture in sorted(set(packages))
    ]


def build_sbom(python: str, debian: list[Json], plan: Plan) -> str:
    """Return the document of a release: uv's, with the version, the Debian packages, and no random or current value."""
    document: Json = json.loads(python)
    document.pop("serialNumber", None)
    stamped = datetime.datetime.fromtimestamp(plan.timestamp, datetime.UTC)
    document["metadata"]["timestamp"] = stamped.strftime("%Y-%m-%dT%H:%M:%SZ")
    document["metadata"]["component"] |= {"type": "application", "name": "photoplatform", "version": plan.version}
    document["components"] = [*document["components"], *debian]
    return json.dumps(document, indent=2) + "\n"


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _read_json(image: tarfile.TarFile, name: str) -> Json:
    found = image.extractfile(name)
    assert found is not None  # noqa: S101 - the OCI image layout makes these regular files
    parsed: Json = json.load(found)
    return parsed


def _find(files: tarfile.TarFile, name: str) -> str:
    """Return the content of a file, or an empty text."""
    found = next((member for member in files if member.name.removeprefix("./") == name), None)
    content = files.extractfile(found) if found else None
    return content.read().decode() if content else ""
