"""Runs kubectl on the clone's cluster. Used by everything in `hack/platform`."""

from __future__ import annotations

import json
from typing import Any

from hack import commands, paths


def kubectl(*words: str, stdin: str | None = None) -> str:
    """Run kubectl and return its output, or raise CommandError."""
    return commands.run([paths.TOOLS / "kubectl", f"--kubeconfig={paths.KUBECONFIG}", *words], stdin=stdin)


def get(*words: str) -> list[dict[str, Any]]:
    """Return the objects that `kubectl get` finds, possibly none."""
    return list(json.loads(kubectl("get", *words, "--output=json"))["items"])


def apply(*manifests: dict[str, Any]) -> None:
    """Apply manifests through standard input, so that no secret appears on a command line."""
    if manifests:
        items = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        kubectl(
            "apply", "--server-side", "--force-conflicts", "--field-manager=hack", "-f", "-", stdin=json.dumps(items)
        )
