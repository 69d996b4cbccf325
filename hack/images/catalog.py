"""The one list of every image: its Dockerfile, its parents, what its content hash covers.

Read by `hack.images.build` and by whoever needs an image's full name (the charts' installers, the sample resource).
A tag names content: it covers the Dockerfile, every source, and the tags of the parents.
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
    """One image. `parents` maps build arguments of the Dockerfile to the keys of the images that they name.

    `key` is the Dockerfile's folder; `version` stands before the hash in the tag; an image that is not `loaded` is
    only built from.
    """

    key: str
    repository: str
    version: str = ""
    parents: tuple[tuple[str, str], ...] = ()
    sources: tuple[Source, ...] = ()
    loaded: bool = True

    @property
    def dockerfile(self) -> Path:
        """Where its Dockerfile is."""
        return _FOLDERS / self.key / "Dockerfile"


# What the scripts in charts/engines/files import. Debian's own Kafka client is too old for Kafka 4's SCRAM.
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


# Parents stand before their children.
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
# What a Job of `make test` runs; `make up` does without it.
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
    """Return `<version>-<hash>`, or the hash alone, of an image made of `parts` (order matters)."""
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_HASH_LENGTH]
    return f"{version}-{digest}" if version else digest


def build_arguments(image: Image, names: Mapping[str, str]) -> dict[str, str]:
    """Return the Dockerfile's arguments; `names` maps the keys of the parents to their full names."""
    return {argument: names[key] for argument, key in image.parents}


def image_names(images: Iterable[Image] = IMAGES) -> dict[str, str]:
    """Return key -> `repository:tag` of every image as the clone stands now."""
    names: dict[str, str] = {}
    for image in images:
        inherited = [f"{argument}={name}" for argument, name in sorted(build_arguments(image, names).items())]
        fingerprints = [source.fingerprint() for source in image.sources]
        # Without a parent of ours an image rests on Debian's base, of which everybody has one.
        parts = [debian_base.NAME, image.dockerfile.read_text(), *inherited, *fingerprints]
        names[image.key] = f"{image.repository}:{compute_tag(image.version, parts)}"
    return names
