import pytest

from photo_core.stores.migrations import Migration, load, missing, parse

STORES = [("photo_core.stores.postgres", ".sql"), ("photo_core.stores.cassandra", ".cql")]


def test_a_file_is_split_into_statements_without_comments() -> None:
    text = "-- why\nCREATE TABLE a (\n    -- inside\n    b int\n);\n\nCREATE INDEX c ON a (b);\n"
    assert parse("0007_a", text) == Migration(
        7, "0007_a", ("CREATE TABLE a (\n    b int\n)", "CREATE INDEX c ON a (b)")
    )


def test_what_is_applied_is_not_applied_again() -> None:
    one, two, three = (Migration(version, str(version), ()) for version in (1, 2, 3))
    assert missing((one, two, three), {2}) == (one, three)


@pytest.mark.parametrize(("package", "suffix"), STORES)
def test_versions_count_up_from_one(package: str, suffix: str) -> None:
    migrations = load(package, suffix)
    assert [migration.version for migration in migrations] == list(range(1, len(migrations) + 1))
    assert all(migration.statements for migration in migrations)


@pytest.mark.parametrize(("package", "suffix"), STORES)
def test_migrations_only_expand(package: str, suffix: str) -> None:
    for migration in load(package, suffix):
        for statement in migration.statements:
            assert not statement.upper().startswith(("DROP", "RENAME", "TRUNCATE", "DELETE"))
            assert " DROP " not in statement.upper()


def test_cassandra_statements_may_run_twice() -> None:
    for migration in load("photo_core.stores.cassandra", ".cql"):
        assert all("IF NOT EXISTS" in statement for statement in migration.statements)
