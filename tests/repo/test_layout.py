"""Rules of the layout that no linter knows."""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400
LONGEST_FUNCTION = 45


def tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


PYTHON = tracked("*.py")
TEXT = [
    path
    for path in tracked("*")
    if path.suffix in {".py", ".md", ".yaml", ".toml", ".sh", ".lua", ".sql", ".tpl", ""} and path.name != "LICENSE"
]


def test_the_operator_folder_does_not_hide_the_standard_library() -> None:
    assert not (ROOT / "operator" / "__init__.py").exists()


def test_files_and_functions_stay_small() -> None:
    large = {str(path.relative_to(ROOT)): found for path in PYTHON if (found := too_long(path.read_text()))}
    assert large == {}


def too_long(source: str) -> list[str]:
    """Return the names of functions that are too long, and "the file" if it is."""
    functions = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= LONGEST_FUNCTION]
    return [*long, "the file"] if source.count("\n") > LONGEST_FILE else long


def test_no_file_carries_a_leftover_marker_or_a_machine_path() -> None:
    marker = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|/wor" + r"k/|/roo" + r"t/|/tmp/bri" + r"ef")
    found = [str(path.relative_to(ROOT)) for path in TEXT if marker.search(path.read_text())]
    assert found == []


def test_every_ignored_lint_rule_gives_its_reason() -> None:
    section = (ROOT / "pyproject.toml").read_text().partition("[tool.ruff.lint]")[2].partition("[tool.mypy]")[0]
    ignored = [line for line in section.splitlines() if re.match(r'\s+"[A-Z]+\d*"', line)]
    assert ignored
    assert [line for line in ignored if "#" not in line] == []


def test_the_makefile_and_the_readme_name_the_same_commands() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)) - {"help"}
    named = set(re.findall(r"`make ([a-z-]+)`", (ROOT / "README.md").read_text()))
    assert named == targets


def test_decision_records_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in tracked("docs/adr/*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


SOURCES = [ROOT, *ROOT.glob("*/src"), ROOT / "operator/src/photo_operator"]
GUIDE = (ROOT / "ARCHITECTURE.md").read_text().partition("## To change X, open Y")[2]


def lost(row: str) -> list[str]:
    """Return the places in a row of the guide that are not there; one may stand beside the one before it."""
    missing, beside = [], ROOT
    named = re.findall(r"`([^`]+)`", row.split("|")[2])
    for name in (name for name in named if "<" not in name):
        found = next((path for folder in (*SOURCES, beside) if (path := folder / name).exists()), None)
        missing += [] if found else [name]
        beside = found.parent if found else beside
    return missing


def test_the_guide_leads_to_places_that_there_are() -> None:
    rows = [line for line in GUIDE.splitlines() if line.startswith("|")][2:]
    assert rows
    assert {row: lost(row) for row in rows if lost(row)} == {}


def test_a_place_that_is_gone_is_found() -> None:
    assert lost("| what `make up` does | `hack/workflow.py`, `nowhere.py` |") == ["nowhere.py"]


def prose(page: str) -> str:
    """Return a page without its fenced blocks, in which a regular expression may look like a link."""
    return re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)


def test_pages_link_to_files_that_there_are() -> None:
    links = [
        (page, link) for page in tracked("*.md") for link in re.findall(r"\]\(([^)#\s]+)", prose(page.read_text()))
    ]
    own = [(page, link) for page, link in links if not link.startswith(("http:", "https:"))]
    assert own
    assert [(page.name, link) for page, link in own if not (page.parent / link).exists()] == []
