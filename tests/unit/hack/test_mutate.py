from pathlib import Path

import pytest

from hack import mutate
from hack.mutate import Score, build_scores, copy_tree, place_in_copy

LISTED = """
    photo_core.domain.feed.merge.x_merge__mutmut_1: killed
    photo_core.domain.feed.merge.x_merge__mutmut_2: timeout
    photo_core.domain.feed.head.xǁHeadǁwiden__mutmut_10: survived
    photo_core.domain.visibility.x_may_meet__mutmut_1: no tests
    photo_operator.scaling.decide.x_decide__mutmut_1: killed
"""


def test_each_core_is_scored_by_its_own_mutants() -> None:
    assert build_scores(LISTED) == [
        Score("feed merge", 3, 2, ("photo_core.domain.feed.head.xǁHeadǁwiden__mutmut_10: survived",)),
        Score("visibility", 1, 0, ("photo_core.domain.visibility.x_may_meet__mutmut_1: no tests",)),
        Score("scaler", 1, 1, ()),
        Score("runbook machine", 0, 0, ()),
    ]


def test_a_core_without_mutants_has_killed_none() -> None:
    assert Score("scaler", 0, 0, ()).share == 0.0
    assert Score("scaler", 8, 7, ()).text == "scaler: 7 of 8 mutants killed (87.5%)"


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("core/src/photo_core/clock.py", "src/photo_core/clock.py"),
        ("operator/src/photo_operator/main.py", "src/photo_operator/main.py"),
        ("tests/unit/core/test_clock.py", "tests/unit/core/test_clock.py"),
        ("core/pyproject.toml", "core/pyproject.toml"),
        ("docs/src/page.md", "docs/src/page.md"),
    ],
)
def test_packages_of_all_members_are_copied_into_one_folder(file: str, place: str) -> None:
    assert place_in_copy(file) == place


def test_only_changed_files_are_written_and_removed_ones_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree, copy = tmp_path / "tree", tmp_path / "copy"
    (tree / "core/src/photo_core").mkdir(parents=True)
    monkeypatch.setattr(mutate, "ROOT", tree)
    files = [f"core/src/photo_core/{name}.py" for name in ("kept", "changed", "removed")]
    for file in files:
        (tree / file).write_text("1")
    copy_tree(files, copy)
    (copy / "src/photo_core/kept.py").touch()
    kept = (copy / "src/photo_core/kept.py").stat().st_mtime_ns
    (tree / files[1]).write_text("2")
    copy_tree(files[:2], copy)
    assert sorted(path.name for path in (copy / "src/photo_core").iterdir()) == ["changed.py", "kept.py"]
    assert (copy / "src/photo_core/changed.py").read_text() == "2"
    assert (copy / "src/photo_core/kept.py").stat().st_mtime_ns == kept
