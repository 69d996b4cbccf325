from hack.cluster import packages


def test_what_is_installed_is_not_installed_again() -> None:
    lines = [f"{package}: install ok installed" for package in packages.PACKAGES]
    assert packages.missing(lines) == []


def test_unknown_and_removed_packages_are_missing() -> None:
    known = [f"{package}: install ok installed" for package in packages.PACKAGES if package not in ("buildah", "runc")]
    assert packages.missing([*known, "runc: deinstall ok config-files"]) == ["buildah", "runc"]
