from pathlib import Path

import pytest

from photo_operator.runbooks.loader import InvalidRunbook, load_runbook, load_runbooks
from photo_operator.runbooks.matching import FEED_CACHE_DOWN
from photo_operator.runbooks.model import Leg, Runbook
from photo_operator.runbooks.planning import build_plan


def test_every_incident_has_its_runbook(runbooks: dict[str, Runbook]) -> None:
    assert set(runbooks) == {FEED_CACHE_DOWN}


def test_a_runbook_has_both_legs(runbooks: dict[str, Runbook]) -> None:
    for runbook in runbooks.values():
        assert {step.leg for step in runbook.steps} == set(Leg)


def test_a_plan_is_the_same_each_time(runbooks: dict[str, Runbook]) -> None:
    runbook = runbooks[FEED_CACHE_DOWN]
    assert build_plan(runbook) == build_plan(runbook)


@pytest.mark.parametrize("text", ["", "name: [", "name: Other\nsummary: x\n"])
def test_a_malformed_runbook_is_refused_by_name(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "Broken"
    folder.mkdir()
    (folder / "runbook.yaml").write_text(text)
    with pytest.raises(InvalidRunbook, match=r"Broken/runbook\.yaml"):
        load_runbook(folder)


def test_an_empty_folder_has_none(tmp_path: Path) -> None:
    assert load_runbooks(tmp_path) == {}
