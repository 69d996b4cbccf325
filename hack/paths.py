"""Paths of the developer's tools: in the clone, in the user's cache, and machine-wide.

Used by every module of `hack/`; creates nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGINE_VALUES = ROOT / "charts/engines/values.yaml"
LOCAL = ROOT / ".local"
KUBECONFIG = LOCAL / "kubeconfig"
TOOLS = LOCAL / "bin"
LOGS = LOCAL / "log"
CA_CERTIFICATE = LOCAL / "ca.crt"  # the CA of the engines; exists only while they use TLS

# Machine-wide, so that another clone finds the same node and can reuse or remove it.
STATE = Path("/var/lib/photoplatform")
RUN = Path("/run/photoplatform")


def cache_dir() -> Path:
    """Return the folder of build results that are expensive and shared by all clones."""
    # The tools read no settings of pods, so photo_core.settings does not have this variable.
    base = os.environ.get("XDG_CACHE_HOME")  # noqa: TID251
    return (Path(base) if base else Path.home() / ".cache") / "photoplatform"
