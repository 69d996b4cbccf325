from typing import Any

from hack.platform.helm import Release
from hack.platform.install import build_releases


def release(values: dict[str, Any]) -> Release:
    return Release("photoplatform-operator", "photoplatform-system", values)


def test_the_key_follows_the_values() -> None:
    assert release({"a": 1}).key == release({"a": 1}).key
    assert release({"a": 1}).key != release({"a": 2}).key


def test_the_runbooks_behind_the_charts_link_are_part_of_it() -> None:
    from hack.platform.helm import _files

    names = {file.name for file in _files(release({}).chart)}
    assert {"Chart.yaml", "runbook.yaml"} <= names


def test_the_crds_are_installed_before_the_operator_that_needs_them() -> None:
    crds, operator = build_releases("localhost/photoplatform-operator:abc")
    assert (crds.name, operator.name) == ("photoplatform-crds", "photoplatform-operator")
    assert operator.values["image"] == {"repository": "localhost/photoplatform-operator", "tag": "abc"}
