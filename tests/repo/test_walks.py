"""Walks through the operator that pages describe lead through modules that exist, and stay short."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "operator/src/photo_operator"
MOST = 15  # a reader still follows so many modules from one end to the other


def test_a_redis_failure_passes_few_modules_on_its_way_to_the_policy() -> None:
    page = (ROOT / "docs/explanation/runbooks.md").read_text()
    section = page.partition("## From a Redis failure to the runtime policy")[2].partition("\n## ")[0]
    walk = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    assert [module for module in walk if not (MODULES / module).is_file()] == []
    assert len(set(walk)) == len(walk)
    assert 0 < len(walk) <= MOST
