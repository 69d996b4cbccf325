import re
from enum import Enum
from pathlib import Path

import pytest

from tests.support.table_ids import row_id


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize("value", ["text", b"bytes", 7, 0.5, True, None, Colour.RED, Path, row_id])
def test_pytest_names_plain_values_and_what_has_a_name_of_its_own(value: object) -> None:
    assert row_id(value) is None


@pytest.mark.parametrize("value", [{"limit": "0"}, [1, (2, 3)], {"a": {"b": None}}, ()])
def test_a_container_of_plain_values_is_named_by_what_it_holds(value: object) -> None:
    assert row_id(value) == str(value)


def test_long_values_of_a_container_are_shortened() -> None:
    assert row_id({"text": "x" * 1000}) == "{'text': 'xxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxx'}"


@pytest.mark.parametrize("value", [Path("a"), [Path("a")]], ids=["an object", "a container of objects"])
def test_any_other_value_needs_an_id_in_its_table(value: object) -> None:
    with pytest.raises(ValueError, match=re.escape("give each row of the table an id")):
        row_id(value)
