"""CRDs go from the former version to this one and back, and no object loses a field that its version knows.

Runs on copies of a group of their own: the platform beside is left alone.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import config
from kubernetes.client.exceptions import ApiException

from hack.scenarios.cluster import Json, wait_for
from tests.support.bad_platforms import changed, window
from tests.support.crd_copies import CrdCopies

ROOT = Path(__file__).resolve().parents[2]
CRDS, FORMER_CRDS = ROOT / "charts/photoplatform-crds/templates", ROOT / "tests/support/former_crds"
SAMPLE: Json = yaml.safe_load((ROOT / "examples/photoplatform.yaml").read_text())
TAKEN_UP_SECONDS = 20  # until the API server serves a changed schema
VERSION = "photoplatform.io/v1alpha1"
EXECUTION: Json = {
    "apiVersion": VERSION,
    "kind": "RunbookExecution",
    "metadata": {"name": "demo-feedcachedown-1"},
    "spec": {
        "platform": "demo",
        "runbook": "FeedCacheDown",
        "trigger": {"source": "Probe", "fingerprint": "f", "summary": "Redis is out"},
    },
}
STATUS: Json = {
    "phase": "Mitigated",
    "startedAt": "2026-11-20T10:00:00Z",
    "mitigatedAt": "2026-11-20T10:00:02Z",
    "explanation": "feeds are pulled",
    "plan": {"hash": "52aa85328d8c8204", "steps": [{"name": "pull", "action": "SetFeedMode=pull"}]},
    "journal": [{"time": "2026-11-20T10:00:00Z", "phase": "Triggered", "entry": "Redis is out"}],
}
APPROVAL: Json = {
    "apiVersion": VERSION,
    "kind": "RunbookApproval",
    "metadata": {"name": "yes"},
    "spec": {"execution": "demo-feedcachedown-1", "planHash": "52aa85328d8c8204"},
}
OBJECTS = (SAMPLE, EXECUTION, APPROVAL)


@pytest.fixture
def copies() -> Iterator[CrdCopies]:
    api = config.new_client_from_config(str(ROOT / ".local/kubeconfig"))
    found = CrdCopies(api)
    found.remove()  # what a killed run left
    try:
        yield found
    finally:
        found.remove()
        api.close()


def _lost(before: Any, after: Any, path: str = "") -> list[str]:
    """Return the fields of the one that the other does not have, or has otherwise."""
    if not isinstance(before, dict):
        return [] if before == after else [path]
    held = after if isinstance(after, dict) else {}
    return [lost for key, value in before.items() for lost in _lost(value, held.get(key), f"{path}.{key}")]


def _content(copies: CrdCopies) -> list[Json]:
    found = [copies.read(manifest) for manifest in OBJECTS]
    return [{part: manifest.get(part, {}) for part in ("spec", "status")} for manifest in found]


def _knows_windows(copies: CrdCopies) -> bool:
    """Whether the API server judges by this version's schema."""
    try:
        named = changed(SAMPLE, "metadata.name", "asked")
        copies.create(changed(named, "spec.maintenanceWindows", window()), dry_run=True)
    except ApiException:
        return False
    return True


def _upgrade(copies: CrdCopies) -> None:
    copies.install(CRDS)
    wait_for("the new schema to be served", lambda: _knows_windows(copies), TAKEN_UP_SECONDS)


def _downgrade(copies: CrdCopies) -> None:
    copies.install(FORMER_CRDS)
    wait_for("the former schema to be served", lambda: not _knows_windows(copies), TAKEN_UP_SECONDS)


def test_objects_of_the_former_version_live_through_an_upgrade_and_back(copies: CrdCopies) -> None:
    copies.install(FORMER_CRDS)
    for manifest in OBJECTS:
        copies.create(manifest)
    copies.replace_status(copies.read(EXECUTION) | {"status": STATUS})
    before = _content(copies)

    _upgrade(copies)
    upgraded = _content(copies)
    assert [_lost(old, new) for old, new in zip(before, upgraded, strict=True)] == [[], [], []]
    copies.replace(changed(copies.read(SAMPLE), "spec.maintenanceWindows", window()))

    _downgrade(copies)
    assert [_lost(old, new) for old, new in zip(before, _content(copies), strict=True)] == [[], [], []]
    paused = copies.replace(changed(copies.read(SAMPLE), "spec.pauseRequests", [{"reason": "audit"}]))
    assert paused["spec"]["pauseRequests"] == [{"reason": "audit"}]

    _upgrade(copies)
    assert copies.read(SAMPLE)["spec"]["pauseRequests"] == [{"reason": "audit"}]
