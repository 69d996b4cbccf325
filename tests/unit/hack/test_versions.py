from pathlib import Path

from hack.versions import build_versioned_files, with_version

PACKAGE = '[project]\nname = "photo-app"\nversion = "0.1.0"\ndependencies = ["fastapi>=0.121"]\n'
CHART = "apiVersion: v2\nname: engines\nversion: 0.1.0\nappVersion: 0.1.0\nkubeVersion: '>=1.29.0-0'\n"


def test_a_package_gets_the_version_and_nothing_else_changes() -> None:
    assert with_version(PACKAGE, "0.2.0") == PACKAGE.replace("0.1.0", "0.2.0")


def test_a_chart_gets_the_version_of_itself_and_of_what_it_installs() -> None:
    changed = with_version(CHART, "1.0.0-rc.1")
    assert 'version: "1.0.0-rc.1"\nappVersion: "1.0.0-rc.1"\n' in changed
    assert "apiVersion: v2\n" in changed
    assert "kubeVersion: '>=1.29.0-0'\n" in changed


def test_members_and_charts_are_found_by_their_place(tmp_path: Path) -> None:
    for name, text in {"pyproject.toml": PACKAGE, "app/pyproject.toml": PACKAGE, "charts/x/Chart.yaml": CHART}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = build_versioned_files(tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        "app/pyproject.toml",
        "charts/x/Chart.yaml",
        "pyproject.toml",
    ]
