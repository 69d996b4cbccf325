"""Reads the runbooks that ship with the operator. Called by `main` and by the command line.

A file is a manifest of `kind: Runbook`, so that it can be applied without a change.
"""

from pathlib import Path

import yaml

from photo_operator.crds.runbook import Runbook
from photo_operator.crds.runbook_rules import KIND, InvalidRunbook, decode_runbook


def load_runbook(folder: Path) -> Runbook:
    """Return the runbook of a folder.

    Raises:
        InvalidRunbook: the file is missing, malformed, or named otherwise than its folder.
    """
    path = folder / "runbook.yaml"
    try:
        manifest = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise InvalidRunbook(f"{path}: {error}") from error
    if not isinstance(manifest, dict):
        raise InvalidRunbook(f"{path}: write a manifest of kind {KIND}")
    runbook = decode_runbook(manifest, str(path))
    if runbook.alert != folder.name:
        raise InvalidRunbook(f"{path}: spec.alert: write {folder.name}, as its folder is named")
    if (manifest.get("metadata") or {}).get("name") != folder.name.lower():
        raise InvalidRunbook(f"{path}: metadata.name: write {folder.name.lower()}, the alert in lower case")
    return runbook


def load_runbooks(folder: Path) -> dict[str, Runbook]:
    """Return every runbook below a folder, by alert.

    Raises:
        InvalidRunbook: one of them is malformed.
    """
    found = [load_runbook(path.parent) for path in sorted(folder.glob("*/runbook.yaml"))]
    return {runbook.alert: runbook for runbook in found}
