"""Files that hosts and editors read: what they promise is checked, since nothing here runs them."""

import json
import re
import subprocess
from pathlib import Path

import yaml

from hack.generate import build_pages

ROOT = Path(__file__).resolve().parents[2]
FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yaml"))


def marked_as_generated(paths: list[str]) -> set[str]:
    words = ["git", "check-attr", "linguist-generated", "--", *paths]
    printed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {line.split(": ")[0] for line in printed.splitlines() if line.endswith(": set")}


def test_every_generated_file_is_marked_as_generated() -> None:
    generated = [str(path.relative_to(ROOT)) for path in build_pages()]
    assert set(generated) - marked_as_generated(generated) == set()


def test_pages_that_people_write_are_not_marked_as_generated() -> None:
    assert marked_as_generated(["README.md", "docs/reference/glossary.md", "docs/how-to/cluster.md"]) == set()


def test_every_hook_runs_a_tool_of_the_workspace_without_a_network() -> None:
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in repos] == ["local"]
    hooks = repos[0]["hooks"]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert [hook["id"] for hook in hooks if not hook["entry"].startswith((".venv/bin/", ".local/bin/"))] == []


def test_every_question_of_an_issue_form_has_an_id_of_its_own_and_a_label() -> None:
    assert FORMS
    for form in FORMS:
        body = yaml.safe_load(form.read_text())["body"]
        asked = [part for part in body if part["type"] != "markdown"]
        ids = [part["id"] for part in asked]
        assert len(set(ids)) == len(ids)
        assert [part["id"] for part in asked if not part["attributes"].get("label")] == []


def test_the_development_container_brings_the_versions_that_the_readme_asks_for() -> None:
    text = (ROOT / ".devcontainer/devcontainer.json").read_text()
    described = json.loads(re.sub(r"^//.*$", "", text, flags=re.MULTILINE))
    features = {name.rpartition("/")[2].partition(":")[0]: options for name, options in described["features"].items()}
    readme = (ROOT / "README.md").read_text()
    assert f"Go {features['go']['version']}" in readme
    assert f"Java {features['java']['version']}" in readme
    assert described["image"].rpartition(":")[2].startswith("3.11-")
