"""Fields that other field managers have added to a child of the operator. Pure; called by `changes`.

A forced apply restores the desired fields but removes none that somebody else has added: an extra environment variable,
a sidecar or a wider selector would stay. The API server's managed fields say who added what. Fields that an admission
webhook adds to one of the operator's writes belong to the operator there, so that the operator does not fight it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from photo_operator.cluster.kinds import FIELD_MANAGER, POLICY_MANAGER, SCALER_MANAGER, Kind
from photo_operator.crds.platform import Manifest

OURS = frozenset({FIELD_MANAGER, POLICY_MANAGER, SCALER_MANAGER})

# The section of each kind that belongs to the operator alone; anybody may add labels, annotations and finalizers.
GUARDED: dict[Kind, str] = {
    Kind.ROLE: "rules",
    Kind.ROLE_BINDING: "subjects",
    Kind.SERVICE: "spec",
    Kind.NETWORK_POLICY: "spec",
    Kind.DISRUPTION_BUDGET: "spec",
    Kind.DEPLOYMENT: "spec",
    Kind.AUTOSCALER: "spec",
}

# Fields within a guarded section that others may set.
TOLERATED: frozenset[tuple[str, ...]] = frozenset(
    {
        ("spec", "replicas"),  # set by an autoscaler or a person; reported in a condition
        ("spec", "template", "metadata", "annotations"),  # `kubectl rollout restart`, reloaders
    }
)

Place = tuple[str | int, ...]
_MISSING = object()


class Intrusion(Struct, frozen=True):
    """A field of another manager: its path for people, and its JSON pointer in the live object."""

    path: str
    pointer: str


def intrusions(kind: Kind, desired: Manifest, live: Manifest) -> tuple[Intrusion, ...]:
    """Return the fields that others have added, in an order in which they can be removed one by one."""
    entries = live["metadata"].get("managedFields", ())
    theirs = [entry for entry in entries if entry.get("manager") not in OURS and not entry.get("subresource")]
    return _beyond(kind, desired, live, theirs)


def leftovers(kind: Kind, desired: Manifest, live: Manifest) -> tuple[str, ...]:
    """Return the paths that the operator once applied and no longer wants: applying again removes them."""
    entries = live["metadata"].get("managedFields", ())
    applied = [entry for entry in entries if (entry.get("manager"), entry.get("operation")) == (FIELD_MANAGER, "Apply")]
    return tuple(sorted(found.path for found in _beyond(kind, desired, live, applied)))


def _beyond(kind: Kind, desired: Manifest, live: Manifest, entries: list[Manifest]) -> tuple[Intrusion, ...]:
    """Return the fields of a guarded section that these managers own and the desired manifest lacks."""
    section = f"f:{GUARDED.get(kind, '')}"
    owned = [entry["fieldsV1"][section] for entry in entries if section in entry.get("fieldsV1", {})]
    places = {place: path for fields in owned for place, path in _walk({section: fields}, (desired, live), (), ())}
    # from the end, so that no removal shifts an index that is still to be removed
    return tuple(Intrusion(".".join(places[place]), _pointer(place)) for place in sorted(places, key=_back_to_front))


def _walk(
    fields: Mapping[str, Any], sides: tuple[Any, Any], place: Place, path: tuple[str, ...]
) -> Iterable[tuple[Place, tuple[str, ...]]]:
    for key, below in fields.items():
        step = _step(key, *sides)
        if step is None or (*path, step.name) in TOLERATED:
            continue
        here, name = (*place, step.index), (*path, step.name)
        if step.desired is _MISSING:
            yield here, name
        elif below:
            yield from _walk(below, (step.desired, step.live), here, name)


class _Step(Struct, frozen=True):
    """One level of a managed field, in the desired and in the live object."""

    name: str
    index: str | int
    desired: Any
    live: Any


def _step(key: str, desired: Any, live: Any) -> _Step | None:
    """Follow a key of the managed fields one level down; None where the live object has no such field."""
    kind, _, name = key.partition(":")
    if kind == "f" and isinstance(live, Mapping) and name in live:
        stated = desired.get(name, _MISSING) if isinstance(desired, Mapping) else desired
        return _Step(name, name, stated, live[name])
    if kind == "k" and isinstance(live, list):
        wanted: dict[str, Any] = msgspec.json.decode(name)
        index = next((number for number, item in enumerate(live) if _fits(item, wanted)), None)
        if index is not None:
            stated = next((item for item in _items(desired) if _fits(item, wanted)), _MISSING)
            return _Step(str(next(iter(wanted.values()))), index, stated, live[index])
    return None


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _fits(item: Any, keys: Mapping[str, Any]) -> bool:
    return isinstance(item, Mapping) and all(item.get(key) == value for key, value in keys.items())


def _pointer(place: Place) -> str:
    escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in place)
    return "".join(f"/{step}" for step in escaped)


def _back_to_front(place: Place) -> tuple[tuple[int, str], ...]:
    return tuple((-step, "") if isinstance(step, int) else (0, step) for step in place)
