"""No two folders of a package import each other: one of them is above, and import-linter's layers say which."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(ROOT.glob("*/src/photo_*"))
Pair = tuple[str, str]


def read_package(package: Path) -> dict[str, str]:
    """Return path below the package -> source."""
    return {str(path.relative_to(package)): path.read_text() for path in package.rglob("*.py")}


def two_way_pairs(package: str, sources: Mapping[str, str]) -> list[Pair]:
    """Return the folders, and modules beside them, that import each other; a root module counts as a folder."""
    rooms = {room_of(path) for path in sources}
    imports = {
        (room_of(path), name)
        for path, source in sources.items()
        for name in imported(package, source)
        if name in rooms and name != room_of(path)
    }
    return sorted(pair for pair in imports if pair[0] < pair[1] and (pair[1], pair[0]) in imports)


def room_of(path: str) -> str:
    return path.partition("/")[0].removesuffix(".py")


def imported(package: str, source: str) -> Iterator[str]:
    """Return what a module imports of its package, by the first name below the package."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (parts[1] for name in names if (parts := name.split("."))[0] == package and len(parts) > 1)


@pytest.mark.parametrize("package", PACKAGES, ids=[package.name for package in PACKAGES])
def test_no_two_folders_import_each_other(package: Path) -> None:
    assert two_way_pairs(package.name, read_package(package)) == []


def test_two_folders_that_import_each_other_are_found_however_they_do_it() -> None:
    sources = {
        "above/rooms.py": "from photo_x.below.walls import Wall\n",
        "below/walls.py": "def late():\n    from photo_x import above\n",
        "base.py": "import photo_y.above\nimport json\n",
        "top.py": "import photo_x.above.rooms\nfrom photo_x.base import x\n",
    }
    assert two_way_pairs("photo_x", sources) == [("above", "below")]


def test_every_package_is_looked_at() -> None:
    assert [package.name for package in PACKAGES] == ["photo_app", "photo_core", "photo_operator", "photo_workers"]
