"""Copies the version of PhotoPlatform to the packages and charts that have to state it as text.

Called by `hack.generate`; photo_core.version is the one place where the version is set.
"""

import re
from pathlib import Path

from hack import paths
from photo_core.version import __version__

# The first line of each file that states the version of the file's own package or chart.
LINE = re.compile(r'^(version|appVersion)( = |: )"?[^"\n]*"?$', re.MULTILINE)
PACKAGES = ("pyproject.toml", "*/pyproject.toml")
CHARTS = ("charts/*/Chart.yaml",)


def with_version(text: str, version: str = __version__) -> str:
    """Return the text of a pyproject.toml or Chart.yaml with its version replaced."""
    return LINE.sub(rf'\1\2"{version}"', text)


def build_versioned_files(root: Path = paths.ROOT) -> dict[Path, str]:
    """Return every file that states the version, with the content that it has to have."""
    files = sorted(path for pattern in (*PACKAGES, *CHARTS) for path in root.glob(pattern))
    return {path: with_version(path.read_text()) for path in files}
