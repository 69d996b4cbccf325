"""Migrations expand: pods of the version before go on working on a schema that is already the next one's."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "core/src/photo_core/stores").glob("*/migrations/*.*ql"))
# what a pod of the version before may not survive, and what to do instead
BREAKING: dict[str, str] = {
    r"\bDROP\b": "stop using it in one release and drop it in the next but one",
    r"\bTRUNCATE\b": "no migration takes data away",
    r"\bRENAME\b": "add the new name, write both, read the new one",
    r"\bALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE\b": "add a column of the new type",
    r"\bSET\s+NOT\s+NULL\b": "the version before still writes rows without it",
    r"^(?!.*\bDEFAULT\b).*\bADD\s+COLUMN\b.*\bNOT\s+NULL\b": "give it a default",
    r"\bADD\s+(CONSTRAINT\b|CHECK\b|UNIQUE\b|PRIMARY\b|FOREIGN\b)": "rows of the version before may not satisfy it",
    r"\bCREATE\s+UNIQUE\s+INDEX\b": "rows of the version before may not satisfy it",
}


def breaches(text: str) -> list[str]:
    """Return what to do instead of each statement that is no expansion; a table that is new in the file is free."""
    plain = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    new = set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", plain, re.IGNORECASE))
    return [
        advice
        for statement in plain.split(";")
        for pattern, advice in BREAKING.items()
        if re.search(pattern, statement, re.IGNORECASE | re.DOTALL) and not _is_on(new, statement)
    ]


def _is_on(tables: set[str], statement: str) -> bool:
    index = re.search(r"CREATE UNIQUE INDEX.*\bON (\w+)", statement, re.IGNORECASE | re.DOTALL)
    return index is not None and index[1] in tables


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parents[1].name}-{file.stem}")
def test_a_migration_only_adds(file: Path) -> None:
    assert breaches(file.read_text()) == []


@pytest.mark.parametrize("store", ["postgres", "cassandra"])
def test_migrations_are_numbered_without_a_gap(store: str) -> None:
    numbers = [int(file.stem.split("_")[0]) for file in FILES if file.parents[1].name == store]
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE accounts DROP COLUMN bio;",
        "DROP TABLE accounts;",
        "drop index accounts_by_name;",
        "TRUNCATE accounts;",
        "ALTER TABLE accounts RENAME COLUMN bio TO about;",
        "ALTER TABLE posts RENAME TO old_posts;",
        "ALTER TABLE accounts ALTER COLUMN bio TYPE varchar(10);",
        "ALTER TABLE accounts ALTER COLUMN bio SET NOT NULL;",
        "ALTER TABLE accounts ADD COLUMN age int NOT NULL;",
        "ALTER TABLE accounts ADD CONSTRAINT old CHECK (age > 12);",
        "CREATE UNIQUE INDEX by_mail ON accounts (mail);",
    ],
)
def test_what_breaks_the_version_before_is_found(statement: str) -> None:
    assert breaches(f"-- adds\n{statement}")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE accounts ADD COLUMN age int;",
        "ALTER TABLE accounts ADD COLUMN age int NOT NULL DEFAULT 0;",
        "ALTER TABLE accounts ADD COLUMN age int DEFAULT 0 NOT NULL;",
        "CREATE TABLE t (id bigint PRIMARY KEY, name text NOT NULL, UNIQUE (name));",
        "CREATE INDEX by_age ON accounts (age);",
        "-- we never DROP anything\nALTER TABLE posts ADD alt text;",
    ],
)
def test_what_adds_is_let_through(statement: str) -> None:
    assert breaches(statement) == []
