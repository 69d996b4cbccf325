"""Decides what a release consists of and whether it may be made. Called by `hack.release.command`; has no effect."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hack.release.changelog import UNRELEASED, section_of

# The charts that are released. charts/engines is for development alone, and its images are not released.
CHARTS = ("photoplatform-crds", "photoplatform-operator")
# The images that the released charts and a PhotoPlatform resource name, as keys of hack.images.catalog.
IMAGES = ("photoplatform", "photoplatform-operator")
SNAPSHOT_SUFFIX = "snapshot"
NOTES = "RELEASE_NOTES.md"
CHECKSUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Clone:
    """The state of the clone from which a release is made."""

    version: str
    commit: str
    committed_at: int  # Unix time
    uncommitted: tuple[str, ...]
    changelog: str


class ReleaseRefusedError(Exception):
    """A release must not be made from this state of the clone; the text lists the reasons."""


@dataclass(frozen=True)
class Plan:
    """A release that may be made. Paths are relative to the folder of the release."""

    version: str
    revision: str
    timestamp: int  # Unix time that the files state as their date
    notes: str

    @property
    def chart_paths(self) -> dict[str, str]:
        """Return chart -> path."""
        return {chart: f"charts/{chart}-{self.version}.tgz" for chart in CHARTS}

    @property
    def image_paths(self) -> dict[str, str]:
        """Return image -> path."""
        return {image: f"images/{image}-{self.version}.oci.tar" for image in IMAGES}

    @property
    def sbom_path(self) -> str:
        """Return the path of the software bill of materials."""
        return f"photoplatform-{self.version}.cdx.json"

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the path of every file but the checksums, sorted."""
        return tuple(sorted((*self.chart_paths.values(), *self.image_paths.values(), self.sbom_path, NOTES)))

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels of the images, as the OCI image specification names them."""
        prefix = "org.opencontainers.image"
        return {
            f"{prefix}.title": "PhotoPlatform",
            f"{prefix}.version": self.version,
            f"{prefix}.revision": self.revision,
            f"{prefix}.licenses": "Apache-2.0",
        }


def plan_release(clone: Clone) -> Plan:
    """Return the plan of a release.

    Raises:
        ReleaseRefusedError: there are uncommitted changes, or the changelog has no section for the version.
    """
    notes = section_of(clone.changelog, clone.version)
    reasons = []
    if clone.uncommitted:
        reasons.append(f"uncommitted changes: {', '.join(clone.uncommitted)}")
    if not notes:
        reasons.append(f"CHANGELOG.md has no section for {clone.version}: rename [{UNRELEASED}] or write one")
    if reasons:
        raise ReleaseRefusedError("; ".join(reasons))
    return Plan(clone.version, clone.commit, clone.committed_at, notes)


def plan_snapshot(clone: Clone) -> Plan:
    """Return the plan of a snapshot: a release of any state, with the notes that are written so far."""
    notes = section_of(clone.changelog, clone.version) or section_of(clone.changelog, UNRELEASED)
    revision = f"{clone.commit}-dirty" if clone.uncommitted else clone.commit
    return Plan(f"{clone.version}-{SNAPSHOT_SUFFIX}", revision, clone.committed_at, notes)


def build_notes(plan: Plan) -> str:
    """Return the text of RELEASE_NOTES.md."""
    return f"# PhotoPlatform {plan.version}\n\n{plan.notes}\n"


def build_checksums(digests: Mapping[str, str]) -> str:
    """Return the text of SHA256SUMS for path -> digest, in the form that `sha256sum --check` reads."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items()))


def build_label_dockerfile(parent: str, labels: Mapping[str, str]) -> str:
    """Return a Dockerfile that adds labels to an image."""
    lines = [f'LABEL "{name}"="{value}"' for name, value in sorted(labels.items())]
    return "\n".join([f"FROM {parent}", *lines, ""])


def find_unexpected(plan: Plan, written: Iterable[str]) -> list[str]:
    """Return the paths that are missing from a written release or do not belong to it."""
    return sorted(set(plan.paths) ^ set(written))
