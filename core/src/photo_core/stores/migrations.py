"""Migration files: ordered, expand-only statements beside the store they belong to; applied by its `provision`.

A file is `NNNN_what_it_adds.sql` (or `.cql`), one purpose each, and never changes once it is released. Pods of the
version before keep working after every file, so nothing is dropped or renamed in the release that stops using it.
"""

from collections.abc import Collection
from importlib.resources import files

from msgspec import Struct


class Migration(Struct, frozen=True):
    """One file. `statements` are its statements, without comments."""

    version: int
    name: str
    statements: tuple[str, ...]


def load(package: str, suffix: str) -> tuple[Migration, ...]:
    """Return a package's migrations in order.

    Args:
        package: whose folder `migrations` holds the files.
        suffix: `.sql` or `.cql`.
    """
    folder = files(package) / "migrations"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(suffix))
    return tuple(parse(name.removesuffix(suffix), (folder / name).read_text()) for name in names)


def parse(name: str, text: str) -> Migration:
    """Return a migration from its file's name and content; statements end at a semicolon at a line's end."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    parts = "\n".join(lines).split(";\n")
    statements = tuple(part.strip().removesuffix(";") for part in parts if part.strip())
    return Migration(int(name.split("_", 1)[0]), name, statements)


def missing(all_: tuple[Migration, ...], applied: Collection[int]) -> tuple[Migration, ...]:
    """Return the migrations that are not applied yet, in order."""
    return tuple(migration for migration in all_ if migration.version not in applied)
