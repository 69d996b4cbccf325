"""Where the developer's tools keep things: in this clone, in the user's cache, and machine-wide.

Read by every module of `hack/`; creates nothing.
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
CA_CERTIFICATE = LOCAL / "ca.crt"  # of the engines; there only while they speak TLS

# Machine-wide, so that another clone finds, reuses or removes the same node.
STATE = Path("/var/lib/photoplatform")
RUN = Path("/run/photoplatform")


def cache_dir() -> Path:
    """Return the folder for what is dear to build and the same for every clone."""
    # These tools run before any member of the workspace is installed, so photo_core.settings cannot be asked.
    base = os.environ.get("XDG_CACHE_HOME")  # noqa: TID251
    return (Path(base) if base else Path.home() / ".cache") / "photoplatform"
