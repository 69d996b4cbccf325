"""`make release`: charts, images, SBOM, checksums and notes in dist/<version>. Called by `python -m hack release`.

It needs no cluster and starts none. The folder is written under another name first, so it is whole or absent, and a
second run replaces it with the same content. Publishing is not part of it.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from hack import commands, paths
from hack.cluster import binaries
from hack.cluster.cluster import choose
from hack.images.build import ensure_built
from hack.images.model import ImageBuild, ImageBuilder
from hack.release import plan as plans
from hack.release.archives import normalise_tar, normalise_tgz
from hack.release.plan import Plan
from hack.release.sbom import build_debian_components, build_sbom, parse_dpkg_status, read_dpkg_status
from hack.steps import StepError, report, step
from photo_core.version import __version__

FOLDER = paths.ROOT / "dist"
CHUNK_BYTES = 1 << 20
Snapshot = Annotated[bool, typer.Option("--snapshot", help="From any state of the clone, to try it.")]


def release(*, snapshot: Snapshot = False) -> None:
    """Write a release to dist/<version>: charts, images, SBOM, checksums and notes."""
    clone = read_clone()
    try:
        plan = plans.plan_snapshot(clone) if snapshot else plans.plan_release(clone)
    except plans.ReleaseRefusedError as refused:
        raise StepError(f"release {clone.version}", str(refused)) from refused
    target, unfinished = FOLDER / plan.version, FOLDER / f"{plan.version}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    write_release(plan, unfinished)
    shutil.rmtree(target, ignore_errors=True)
    unfinished.rename(target)
    report(f"release {plan.version} is in {target.relative_to(paths.ROOT)}")


def read_clone() -> plans.Clone:
    """Return the state of the clone."""
    return plans.Clone(
        version=__version__,
        commit=_git("rev-parse", "HEAD").strip(),
        committed_at=int(_git("show", "--no-patch", "--format=%ct", "HEAD")),
        uncommitted=tuple(line[3:] for line in _git("status", "--porcelain").splitlines()),
        changelog=(paths.ROOT / "CHANGELOG.md").read_text(),
    )


def write_release(plan: Plan, folder: Path) -> None:
    """Write every file of a release into an empty folder."""
    _write_charts(plan, folder)
    _write_images(plan, folder)
    _write_sbom(plan, folder)
    (folder / plans.NOTES).write_text(plans.build_notes(plan))
    written = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    if unexpected := plans.find_unexpected(plan, written):
        raise StepError("check the files of the release", f"missing or not part of it: {', '.join(unexpected)}")
    with step("compute checksums"):
        digests = {name: _sha256(path) for name, path in written.items()}
        (folder / plans.CHECKSUMS).write_text(plans.build_checksums(digests))


def _write_charts(plan: Plan, folder: Path) -> None:
    binaries.ensure((binaries.HELM,))
    for chart, name in plan.chart_paths.items():
        log = paths.LOGS / f"release-{chart}.log"
        with step(f"package charts/{chart}", log):
            versions = ("--version", plan.version, "--app-version", plan.version)
            words = ("package", paths.ROOT / "charts" / chart, "--destination", (folder / name).parent, *versions)
            commands.run([binaries.path(binaries.HELM), *words], log=log)
            normalise_tgz(folder / name, plan.timestamp)


def _write_images(plan: Plan, folder: Path) -> None:
    cluster = choose()
    cluster.prepare_builds()
    names = ensure_built(cluster.builder, plans.IMAGES)
    for image, path in plan.image_paths.items():
        reference = f"{names[image].rpartition(':')[0]}:{plan.version}"
        with step(f"save {reference}"):
            _build_labelled(cluster.builder, names[image], reference, plan)
            (folder / path).parent.mkdir(exist_ok=True)
            cluster.builder.save_oci(reference, folder / path)
            normalise_tar(folder / path, plan.timestamp)


def _build_labelled(builder: ImageBuilder, parent: str, reference: str, plan: Plan) -> None:
    """Build the image of the release, which has the content of `parent` and the labels of the release."""
    with tempfile.TemporaryDirectory() as context:
        dockerfile = Path(context) / "Dockerfile"
        dockerfile.write_text(plans.build_label_dockerfile(parent, plan.labels))
        builder.build(ImageBuild(reference, dockerfile, Path(context)))


def _write_sbom(plan: Plan, folder: Path) -> None:
    with step("write the software bill of materials"):
        scope = ("--frozen", "--all-packages", "--no-default-groups", "--project", paths.ROOT)
        preview = ("--format", "cyclonedx1.5", "--preview-features", "sbom-export")
        python = commands.run([paths.TOOLS / "uv", "export", "--quiet", *scope, *preview])
        statuses = [read_dpkg_status(folder / path) for path in plan.image_paths.values()]
        debian = build_debian_components(package for status in statuses for package in parse_dpkg_status(status))
        (folder / plan.sbom_path).write_text(build_sbom(python, debian, plan))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _git(*words: str) -> str:
    return commands.run(["git", "-C", paths.ROOT, *words])
