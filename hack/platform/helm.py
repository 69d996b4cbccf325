"""Installs Helm releases, and upgrades them only if their chart or values have changed.

Called by the installers of the engines and of the operator. The release's description has a digest of chart and values,
so that a second `make up` writes nothing. A release that a killed Helm left unfinished is installed again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hack import commands, paths
from hack.images.sources import digest_files, sources_below
from hack.platform.kubectl import kubectl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Release:
    """A chart to install: a folder of charts/, a namespace and values."""

    name: str
    namespace: str
    values: Mapping[str, Any]
    flags: tuple[str, ...] = ()

    @property
    def chart(self) -> Path:
        """The chart's folder."""
        return paths.ROOT / "charts" / self.name

    @property
    def key(self) -> str:
        """A digest of the chart and the values."""
        files = ((str(file.relative_to(paths.ROOT)), file.read_bytes()) for file in _files(self.chart))
        return digest_files([*files, ("values", json.dumps(self.values, sort_keys=True).encode())])

    @property
    def log(self) -> Path:
        """The file with the output of Helm."""
        return paths.LOGS / f"helm-{self.name}.log"


def is_installed(release: Release) -> bool:
    """Return whether this chart with these values is deployed in the cluster."""
    info = _info(release)
    return info.get("status") == "deployed" and info.get("description") == release.key


def install(release: Release) -> None:
    """Install or upgrade a release, or raise CommandError with the output of Helm."""
    if str(_info(release).get("status", "")).startswith("pending-"):
        _forget_unfinished(release)
    words = ("upgrade", "--install", release.name, release.chart, "-f", "-", "--description", release.key)
    commands.run(_helm(release, *words, *release.flags), release.log, json.dumps(release.values))


def _files(chart: Path) -> Iterator[Path]:
    """Yield every file of a chart, including those in folders that it links to."""
    yield from sources_below(chart)
    for link in chart.rglob("*"):
        if link.is_symlink() and link.is_dir():
            yield from sources_below(link.resolve())


def _info(release: Release) -> dict[str, Any]:
    """Return Helm's information on the last revision of a release, or an empty object."""
    listed = commands.run(_helm(release, "list", "--all", "--filter", f"^{release.name}$", "--output", "json"))
    if not json.loads(listed):
        return {}
    return dict(json.loads(commands.run(_helm(release, "status", release.name, "--output", "json")))["info"])


def _forget_unfinished(release: Release) -> None:
    """Remove a revision that a killed Helm left pending, since Helm would refuse every later one."""
    listed = commands.run(_helm(release, "list", "--all", "--filter", f"^{release.name}$", "--output", "json"))
    revision = json.loads(listed)[0]["revision"]
    kubectl("delete", "secret", f"sh.helm.release.v1.{release.name}.v{revision}", f"--namespace={release.namespace}")


def _helm(release: Release, *words: object) -> list[str]:
    cluster = ("--namespace", release.namespace, "--kubeconfig", paths.KUBECONFIG)
    return [str(word) for word in (paths.TOOLS / "helm", *words, *cluster)]
