"""docs/how-to/add-a-worker.md, followed step by step on a copy of the repository."""

from pathlib import Path

import pytest
import yaml

from tests.support.walkthroughs import Misfit, ShownFile, apply_shown, copy_repository, patched, run_tool, shown_files

ROOT = Path(__file__).resolve().parents[2]
SHOWN = shown_files((ROOT / "docs/how-to/add-a-worker.md").read_text())
NEW = [shown.path for shown in SHOWN if shown.language == "python"]
MOST_FILES = 6
CHECKS = (
    ["ruff", "check", "--no-cache", *(shown.path for shown in SHOWN)],
    ["ruff", "format", "--no-cache", "--check", *(shown.path for shown in SHOWN)],
    ["lint-imports", "--no-cache"],
    ["python", "-m", "hack", "generate"],
    ["mypy", *(path for path in NEW if not path.startswith("tests/"))],
    [
        "pytest",
        *("-q", "-p", "no:cacheprovider"),
        *(path for path in NEW if path.startswith("tests/")),
        *("tests/repo/test_lists_agree.py", "tests/repo/test_components.py"),
        "tests/unit/operator/desired/test_assemble.py",
    ],
)


def test_the_page_needs_few_files() -> None:
    assert 0 < len({shown.path for shown in SHOWN}) <= MOST_FILES


def test_the_page_adds_a_worker_that_passes_the_checks(tmp_path: Path) -> None:
    copy_repository(ROOT, tmp_path)
    apply_shown(SHOWN, tmp_path)
    for command in CHECKS:
        run_tool(command, tmp_path)
    crd = yaml.load(
        (tmp_path / "charts/photoplatform-crds/templates/photoplatforms.yaml").read_text(), yaml.CSafeLoader
    )
    spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert spec["properties"]["workers"]["properties"]["deletionLog"]["description"] == "Logs every deleted post."


@pytest.mark.parametrize(
    ("text", "diff"),
    [("a\nc\n", " b\n+new\n"), ("b\nb\n", " b\n+new\n"), ("b\n", "-c\n+new\n")],
    ids=["lacks the line", "has it twice", "lacks what is removed"],
)
def test_a_hunk_that_does_not_fit_once_is_reported(text: str, diff: str) -> None:
    with pytest.raises(Misfit):
        patched(text, ShownFile("file.py", "diff", diff))


def test_hunks_keep_add_and_remove_lines() -> None:
    shown = ShownFile("file.py", "diff", " a\n-b\n+new\n@@\n d\n+last\n")
    assert patched("a\nb\nc\nd\n", shown) == "a\nnew\nc\nd\nlast\n"
