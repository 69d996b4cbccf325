"""The version is set in photo_core.version alone; everything else repeats it or reads it."""

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

import bench.__main__
import hack.__main__
import photo_app.main
import photo_operator.cli.main
import photo_operator.main
import photo_workers.main
from photo_core.version import __version__

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS: dict[str, Callable[[], None]] = {
    "photo-app": photo_app.main.main,
    "photo-workers": photo_workers.main.main,
    "photo-operator": photo_operator.main.main,
    "photoplatform": photo_operator.cli.main.main,
    "hack": hack.__main__.main,
    "bench": bench.__main__.main,
}


def test_charts_state_the_version_of_what_they_install() -> None:
    charts = [yaml.safe_load(path.read_text()) for path in ROOT.glob("charts/*/Chart.yaml")]
    assert {(chart["version"], chart["appVersion"]) for chart in charts} == {(__version__, __version__)}


@pytest.mark.parametrize("package", ["photo-core", "photo-app", "photo-workers", "photo-operator"])
def test_installed_packages_have_the_version_of_the_platform(package: str) -> None:
    assert version(package) == __version__


def test_the_description_of_the_api_has_the_version_of_the_platform() -> None:
    described = json.loads((ROOT / "docs/reference/openapi.json").read_text())
    assert described["info"]["version"] == __version__


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_every_program_prints_its_version(
    program: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["program", "--version"])
    with pytest.raises(SystemExit) as ended:
        program()
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"PhotoPlatform {__version__}\n"
