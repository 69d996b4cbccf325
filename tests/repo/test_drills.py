"""What only `make drill` runs is run by it."""

import re
from pathlib import Path

from hack.workflow import DRILLED

ROOT = Path(__file__).resolve().parents[2]
TESTS = sorted(path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__))
MARKED = re.compile(r"\bmark\.(?:drill|search)\b")
LONGER_IN_A_DRILL = re.compile(r"\bget_profile\(")


def test_every_test_marked_as_a_drill_or_a_search_is_in_a_folder_that_a_drill_runs() -> None:
    marked = [path.relative_to(ROOT) for path in TESTS if MARKED.search(path.read_text())]
    assert marked
    assert [str(path) for path in marked if not any(path.is_relative_to(folder) for folder in DRILLED)] == []


def test_every_test_that_tries_more_examples_in_a_drill_is_marked_as_a_search() -> None:
    longer = [path for path in TESTS if LONGER_IN_A_DRILL.search(path.read_text())]
    assert longer
    assert [str(path.relative_to(ROOT)) for path in longer if "mark.search" not in path.read_text()] == []


def test_no_test_is_skipped_for_good() -> None:
    """A test that cannot pass is an expected failure with a reason; one that takes long is a drill."""
    skips = re.compile(r"\bmark\.skip\b|\bpytest\.skip\(")
    assert [
        str(path.relative_to(ROOT)) for path in TESTS if skips.search(path.read_text()) and path != Path(__file__)
    ] == []
