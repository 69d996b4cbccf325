"""The list of all images: their Dockerfiles, parents and sources.

Used by `hack.images.build` and by everything that needs an image's full name. A tag identifies content: it is a hash of
the Dockerfile, all sources and the tags of the parents.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from hack import paths
from hack.cluster import binaries
from hack.images import debian_base
from hack.images.sources import Files, GoProgram, Jars, LockedRequirements, Member

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hack.images.sources import Source

_FOLDERS = Path(__file__).parent
_HASH_LENGTH = 12


@dataclass(frozen=True)
class Image:
    """One image.

    Attributes:
        key: the name, and the folder of the Dockerfile.
        repository: the image name without its tag.
        version: what comes before the hash in the tag.
        parents: build argument of the Dockerfile -> key of the image that it names.
        sources: what the Dockerfile copies.
        loaded: whether the cluster runs it; otherwise it is only a parent.
    """

    key: str
    repository: str
    version: str = ""
    parents: tuple[tuple[str, str], ...] = ()
    sources: tuple[Source, ...] = ()
    loaded: bool = True

    @property
    def dockerfile(self) -> Path:
        """The path of the Dockerfile."""
        return _FOLDERS / self.key / "Dockerfile"


# What the scripts in charts/engines/files import. Debian's Kafka client is too old for SCRAM in Kafka 4.
_SIDECAR_PACKAGES = LockedRequirements(
    only=("async-timeout", "cassandra-driver", "confluent-kafka", "redis"), group="sidecar"
)

_DEFAULTS: Mapping[str, str] = yaml.safe_load(paths.ENGINE_VALUES.read_text())["images"]
_JAVA, _TOOLS = (("PARENT", "engines-java"),), (("TOOLS", "python-tools"),)
# Engines whose image is more than a Dockerfile: parents and sources.
_SPECIAL: Mapping[str, tuple[tuple[tuple[str, str], ...], tuple[Source, ...]]] = {
    "kafka": (_JAVA, (Jars(_FOLDERS / "kafka/pom.xml"),)),
    "cassandra": (_JAVA, (Jars(_FOLDERS / "cassandra/pom.xml"),)),
    "s3": ((), (GoProgram(binaries.VERSITYGW),)),
    "sidecar": (_TOOLS, (_SIDECAR_PACKAGES,)),
}


def _engine(key: str, default: str) -> Image:
    """Return the image of an engine; `default` is its name in the values of charts/engines, with the version as tag."""
    repository, _, version = default.rpartition(":")
    return Image(key, repository, version, *_SPECIAL.get(key, ((), ())))


# Parents come before their children.
ENGINES = (
    Image("python-tools", "localhost/photoplatform-python-tools", loaded=False),
    Image("engines-java", "localhost/photoplatform-engines/java", "17", loaded=False),
    *(_engine(key, default) for key, default in _DEFAULTS.items()),
)
_BUILT_ON_BASE = (("PARENT", "base"), ("TOOLS", "python-tools"))
PLATFORM = (
    Image(
        "base",
        "localhost/photoplatform-base",
        parents=(("TOOLS", "python-tools"),),
        sources=(LockedRequirements(), Member("core")),
        loaded=False,
    ),
    Image("photoplatform", "localhost/photoplatform", "", _BUILT_ON_BASE, (Member("app"), Member("workers"))),
    Image("photoplatform-operator", "localhost/photoplatform-operator", "", _BUILT_ON_BASE, (Member("operator"),)),
)
IMAGES = (*ENGINES, *PLATFORM)
# Used by a Job of `make test`, not by `make up`.
TESTS = Image(
    "photoplatform-tests",
    "localhost/photoplatform-tests",
    parents=(("PARENT", "photoplatform"), ("TOOLS", "python-tools")),
    sources=(
        LockedRequirements(group="test"),
        Files(("pyproject.toml", "tests/contract", "tests/integration", "tests/support")),
    ),
)


def compute_tag(version: str, parts: Iterable[str]) -> str:
    """Return `<version>-<hash of parts>`, or only the hash if there is no version."""
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_HASH_LENGTH]
    return f"{version}-{digest}" if version else digest


def build_arguments(image: Image, names: Mapping[str, str]) -> dict[str, str]:
    """Return the build arguments; `names` maps the keys of the parents to their full names."""
    return {argument: names[key] for argument, key in image.parents}


def image_names(images: Iterable[Image] = IMAGES) -> dict[str, str]:
    """Return key -> `repository:tag` of every image for the current state of the clone."""
    names: dict[str, str] = {}
    for image in images:
        inherited = [f"{argument}={name}" for argument, name in sorted(build_arguments(image, names).items())]
        fingerprints = [source.fingerprint() for source in image.sources]
        # An image without parents is built on the Debian base image.
        parts = [debian_base.NAME, image.dockerfile.read_text(), *inherited, *fingerprints]
        names[image.key] = f"{image.repository}:{compute_tag(image.version, parts)}"
    return names
