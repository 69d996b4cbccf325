"""Ids of the rows of parametrised tests. Used by `tests/conftest.py`. Pure.

Pytest names plain values by itself and numbers all others (`flows0`, `flows1`). A container of plain values is named
here by what it holds; a row with any other value needs an id in its table.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from reprlib import Repr
from typing import TypeGuard

PLAIN = (str, bytes, int, float, bool, type(None), Enum)
_SHORTENED = Repr()
_SHORTENED.maxstring = 40


def row_id(value: object) -> str | None:
    """Return the id of a value, or None if pytest has one of its own for it.

    Raises:
        ValueError: the table must name its row.
    """
    if isinstance(value, PLAIN) or callable(value):
        return None
    if _is_plain_container(value):
        return _SHORTENED.repr(value)
    raise ValueError(f"give each row of the table an id; this one cannot be told apart by its value: {value!r}")


def _is_plain_container(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(key, PLAIN) and _is_plain(item) for key, item in value.items())
    return _is_collection(value) and all(_is_plain(item) for item in value)


def _is_plain(value: object) -> bool:
    return isinstance(value, PLAIN) or _is_plain_container(value)


def _is_collection(value: object) -> TypeGuard[list[object] | tuple[object, ...] | AbstractSet[object]]:
    return isinstance(value, list | tuple | AbstractSet)
