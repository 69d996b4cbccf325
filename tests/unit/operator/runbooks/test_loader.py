from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from photo_operator.crds.runbook import Runbook
from photo_operator.crds.runbook_rules import InvalidRunbook, decode_runbook
from photo_operator.runbooks.loader import load_runbook, load_runbooks

FOLDER = Path(__file__).parents[4] / "runbooks"
FOLDERS = sorted(path.parent for path in FOLDER.glob("*/runbook.yaml"))


@pytest.fixture
def good() -> dict[str, Any]:
    manifest: dict[str, Any] = yaml.safe_load((FOLDER / "FeedCacheDown/runbook.yaml").read_text())
    return manifest


def test_every_folder_holds_a_good_runbook_of_its_name(runbooks: dict[str, Runbook]) -> None:
    assert set(runbooks) == {folder.name for folder in FOLDERS}


def _set(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        held: Any = manifest
        for parent in parents:
            held = held[parent]
        held[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        (_set("kind", "Book"), "kind", "Runbook"),
        (_set("spec.steps.0.timeoutSeconds", "long"), "spec.steps[0].timeoutSeconds", "Expected `int`"),
        (_set("spec.steps.0.timoutSeconds", 3), "spec.steps[0]", "timoutSeconds"),
        (_set("spec.steps.0.action", "Reboot"), "spec.steps[0].action", "Reboot"),
        (_set("spec.steps.0.parameters", {"level": 1}), "spec.steps[0].parameters", "takes mode, not level"),
        (_set("spec.steps.1.name", "pull"), "spec.steps[1].name", "another step"),
        (_set("spec.steps.0.leg", "Recover"), "spec.steps", "leg Mitigate"),
        (_set("spec.guards.targets", ["Fanout"]), "spec.guards.targets", "needs FeedCache"),
        (_set("spec.recovery.when.0", {"signal": "feedCacheProbeGood"}), "spec.recovery.when[0]", "above or below"),
        (_set("spec.recovery.when.0.signal", "mood"), "spec.recovery.when[0].signal", "mood"),
        (_set("spec.recovery.verification.atLeastSeconds", 91), "spec.recovery.verification.atLeastSeconds", "within"),
        (_set("spec.recovery.settling.withinSeconds", 1), "spec.recovery.settling.withinSeconds", "healthyForSeconds"),
    ],
)
def test_a_mistake_is_refused_with_file_field_and_reason(
    good: dict[str, Any], change: Callable[[dict[str, Any]], None], field: str, reason: str
) -> None:
    change(good)
    if field == "spec.steps":
        _set("spec.steps.1.leg", "Recover")(good)
    with pytest.raises(InvalidRunbook) as refused:
        decode_runbook(good, "here.yaml")
    said = str(refused.value)
    assert said.startswith("here.yaml: ")
    assert field in said
    assert reason in said


@pytest.mark.parametrize("text", ["", "name: [", "kind: Runbook\n"])
def test_a_file_that_is_no_runbook_is_refused_by_name(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "FeedCacheDown"
    folder.mkdir()
    (folder / "runbook.yaml").write_text(text)
    with pytest.raises(InvalidRunbook, match=r"FeedCacheDown/runbook\.yaml"):
        load_runbook(folder)


def test_a_runbook_is_named_as_its_folder(tmp_path: Path, good: dict[str, Any]) -> None:
    folder = tmp_path / "Other"
    folder.mkdir()
    (folder / "runbook.yaml").write_text(yaml.safe_dump(good))
    with pytest.raises(InvalidRunbook, match=r"spec\.alert: write Other"):
        load_runbook(folder)


def test_a_folder_without_runbooks_has_none(tmp_path: Path) -> None:
    assert load_runbooks(tmp_path) == {}
