"""The runbooks that apply to a platform: those that ship with the operator and those of its namespace. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml
from msgspec import Struct

from photo_operator.crds.platform import Manifest
from photo_operator.crds.runbook import Runbook
from photo_operator.crds.runbook_rules import InvalidRunbook, decode_runbook

BUILT_IN = "built in"


class RunbookCatalog(Struct, frozen=True):
    """Runbooks by alert, the source of each, and errors of malformed ones by source."""

    runbooks: dict[str, Runbook]
    sources: dict[str, str]
    malformed: dict[str, str]


def build_runbook_catalog(built_ins: Mapping[str, str], own: Iterable[Manifest]) -> RunbookCatalog:
    """Return the catalog; a runbook of the namespace replaces the built-in one of the same alert."""
    catalog = RunbookCatalog({}, {}, {})
    for source, manifest in _manifests(built_ins, own):
        try:
            runbook = decode_runbook(manifest, source)
        except InvalidRunbook as error:
            catalog.malformed[source] = str(error).removeprefix(f"{source}: ")
        else:
            catalog.runbooks[runbook.alert] = runbook
            catalog.sources[runbook.alert] = source
    return catalog


def _manifests(built_ins: Mapping[str, str], own: Iterable[Manifest]) -> Iterator[tuple[str, Manifest]]:
    for name, text in sorted(built_ins.items()):
        yield f"{BUILT_IN} {name}", _parsed(text)
    for manifest in own:
        yield f"Runbook {manifest['metadata']['name']}", manifest


def _parsed(text: str) -> Manifest:
    found: Any = yaml.safe_load(text)
    return found if isinstance(found, dict) else {}
