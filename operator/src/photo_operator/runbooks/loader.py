"""Reads the runbooks that ship with the operator, once, at its start. Called by `main`."""

from pathlib import Path

import msgspec
import yaml

from photo_core.errors import PhotoError
from photo_operator.runbooks.model import Runbook


class InvalidRunbook(PhotoError):
    """A runbook's folder is missing or malformed; the message names the file."""


def load_runbook(folder: Path) -> Runbook:
    """Return the runbook of a folder.

    Raises:
        InvalidRunbook: the file is missing, malformed, or named otherwise than its folder.
    """
    path = folder / "runbook.yaml"
    try:
        runbook = msgspec.convert(yaml.safe_load(path.read_text()), Runbook)
    except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise InvalidRunbook(f"{path}: {error}") from error
    if runbook.name != folder.name:
        raise InvalidRunbook(f"{path}: name it {folder.name}, as its folder")
    return runbook


def load_runbooks(folder: Path) -> dict[str, Runbook]:
    """Return every runbook below a folder, by name."""
    found = [load_runbook(path.parent) for path in sorted(folder.glob("*/runbook.yaml"))]
    return {runbook.name: runbook for runbook in found}
