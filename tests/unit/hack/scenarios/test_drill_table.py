from pathlib import Path

from hack.scenarios.drills.catalog import DRILLS
from hack.scenarios.drills.model import DrillRun, LoadCounts
from hack.scenarios.drills.table import build_table

ROOT = Path(__file__).parents[4]


def test_every_runbook_that_acts_has_its_drill() -> None:
    assert set(DRILLS) == {path.parent.name for path in ROOT.glob("runbooks/*/runbook.yaml")}


def test_a_drill_is_one_line_with_its_times_and_what_was_wrong() -> None:
    load = LoadCounts(reads=100, posts=20, refused=3, failed=["GET /v1/feed: 500"])
    good = DrillRun("ObjectStoreDown", 12.4, 14.6, 20.2, "Succeeded", 9, "well", load)
    bad = DrillRun("EncodeStuck", 61, 80, 30, "Escalated", 11, "no", LoadCounts(), ("an upload is lost",))
    head, first, second = build_table([good, bad]).splitlines()
    assert head.split()[:3] == ["runbook", "detect", "s"]
    assert first.split() == ["ObjectStoreDown", "12", "15", "20", "100", "20", "3", "1", "9", "Succeeded"]
    assert second.endswith("Escalated; an upload is lost")
    assert (good.succeeded, bad.succeeded) == (True, False)
    assert len({line.index(column) for line, column in ((head, "detect"), (first, "12"))}) == 1
