"""docs/how-to/add-an-engine.md, followed step by step on a copy of the repository."""

from pathlib import Path

import yaml

from tests.support.walkthroughs import apply_shown, copy_repository, run_tool, shown_files

ROOT = Path(__file__).resolve().parents[2]
SHOWN = shown_files((ROOT / "docs/how-to/add-an-engine.md").read_text())
NEW = [shown.path for shown in SHOWN if shown.language == "python"]
PYTHON = [shown.path for shown in SHOWN if shown.path.endswith(".py")]
MOST_FILES = 10
CHECKS = (
    ["ruff", "check", "--no-cache", *PYTHON],
    ["ruff", "format", "--no-cache", "--check", *PYTHON],
    ["lint-imports", "--no-cache"],
    ["python", "-m", "hack", "generate"],
    ["mypy", *(path for path in NEW if not path.startswith("tests/"))],
    [
        "pytest",
        *("-q", "-p", "no:cacheprovider"),
        *(path for path in NEW if path.startswith("tests/")),
        "tests/repo/test_explain.py",
        "tests/unit/core/engines",
        "tests/unit/hack/platform",
        "tests/unit/operator/desired/test_rolls.py",
        "tests/unit/operator/engines/test_optional_engine.py",
    ],
)


def test_the_page_needs_few_files() -> None:
    assert 0 < len({shown.path for shown in SHOWN}) <= MOST_FILES


def test_the_page_adds_an_engine_that_passes_the_checks(tmp_path: Path) -> None:
    copy_repository(ROOT, tmp_path)
    apply_shown(SHOWN, tmp_path)
    for command in CHECKS:
        run_tool(command, tmp_path)
    values = yaml.safe_load((tmp_path / "charts/engines/values.yaml").read_text())
    assert set(values["search"]) == {"storage", "resources"}
    assert "PHOTO_SEARCH_ENDPOINT" in (tmp_path / "docs/reference/environment.md").read_text()
