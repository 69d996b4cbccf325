"""The differences between a desired child and the live one. Pure; called by `changes`.

Only fields of the desired manifest are compared: fields that the API server defaults or that others own are no
difference, except in selectors. Lists of named items are compared by name, other lists item by item.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from lightkube.utils.quantity import parse_quantity
from msgspec import Struct

from photo_operator.crds.platform import Manifest

_QUANTITIES = frozenset({"requests", "limits"})
# mappings that count as one value: an additional key selects fewer pods, and applying removes it
_WHOLE = frozenset({"selector", "podSelector", "labelSelector"})
_MISSING = object()


class Difference(Struct, frozen=True, order=True):
    """A field in which a live object differs from the desired one, as a dotted path."""

    path: str


def differences(desired: Manifest, live: Manifest) -> tuple[Difference, ...]:
    """Return every path of `desired` that `live` lacks or contradicts, in order."""
    return tuple(sorted(Difference(path) for path in _walk(desired, live, ())))


def _walk(desired: Any, live: Any, path: tuple[str, ...]) -> Iterable[str]:
    if isinstance(desired, Mapping):
        return _walk_mapping(desired, live, path)
    if isinstance(desired, list):
        return _walk_list(desired, live, path)
    return [] if _same_value(desired, live, path) else [".".join(path)]


def _walk_mapping(desired: Mapping[str, Any], live: Any, path: tuple[str, ...]) -> Iterable[str]:
    if not isinstance(live, Mapping):
        # the API server may drop an empty mapping
        return [] if live is _MISSING and not desired else [".".join(path)]
    more = [key for key in live if key not in desired] if _WHOLE.intersection(path) else []
    return [
        *(".".join((*path, str(key))) for key in more),
        *(
            found
            for key, value in desired.items()
            for found in _walk(value, live.get(key, _MISSING), (*path, str(key)))
        ),
    ]


def _walk_list(desired: list[Any], live: Any, path: tuple[str, ...]) -> Iterable[str]:
    if not isinstance(live, list):
        return [] if live is _MISSING and not desired else [".".join(path)]
    if _named(desired) and _named(live):
        return _walk_mapping(_by_name(desired), _by_name(live), path)
    if len(desired) != len(live):
        return [".".join(path)]
    return [found for index, value in enumerate(desired) for found in _walk(value, live[index], (*path, str(index)))]


def _named(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(item, Mapping) and "name" in item for item in items)


def _by_name(items: list[Any]) -> dict[str, Any]:
    return {item["name"]: item for item in items}


def _same_value(desired: Any, live: Any, path: tuple[str, ...]) -> bool:
    if desired in ("", None) and live is _MISSING:
        return True
    if len(path) > 1 and path[-2] in _QUANTITIES and isinstance(desired, str) and isinstance(live, str):
        return parse_quantity(desired) == parse_quantity(live)
    return bool(desired == live)
