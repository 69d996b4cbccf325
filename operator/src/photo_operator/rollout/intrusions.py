"""What others have added to a child that is ours alone. Pure; called by `apply`.

Applying with force takes back what we state and removes nothing that somebody else has added: an extra environment
variable, a sidecar, a wider selector would stay. Who added what stands in the API server's managed fields. What came
with one of our own writes is ours there, so that an admission webhook is not fought: it adds again what it adds to
every write, under the name of the writer.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from photo_operator.cluster.kinds import FIELD_MANAGER, POLICY_MANAGER, SCALER_MANAGER, Kind
from photo_operator.crds.platform import Manifest

OURS = frozenset({FIELD_MANAGER, POLICY_MANAGER, SCALER_MANAGER})

# What is ours alone of each kind; labels, annotations and finalizers of an object are anybody's to add.
GUARDED: dict[Kind, str] = {
    Kind.ROLE: "rules",
    Kind.ROLE_BINDING: "subjects",
    Kind.SERVICE: "spec",
    Kind.NETWORK_POLICY: "spec",
    Kind.DISRUPTION_BUDGET: "spec",
    Kind.DEPLOYMENT: "spec",
    Kind.AUTOSCALER: "spec",
}

# Others' by right, within what is guarded.
TOLERATED: frozenset[tuple[str, ...]] = frozenset(
    {
        ("spec", "replicas"),  # an autoscaler's or a person's; told, not fought
        ("spec", "template", "metadata", "annotations"),  # `kubectl rollout restart`, reloaders
    }
)

Place = tuple[str | int, ...]
_MISSING = object()


class Intrusion(Struct, frozen=True):
    """Something that is not ours: its path for people, and its JSON pointer in the object that was read."""

    path: str
    pointer: str


def intrusions(kind: Kind, desired: Manifest, live: Manifest) -> tuple[Intrusion, ...]:
    """Return what others have added, in an order in which it can be removed one after the other."""
    entries = live["metadata"].get("managedFields", ())
    theirs = [entry for entry in entries if entry.get("manager") not in OURS and not entry.get("subresource")]
    return _beyond(kind, desired, live, theirs)


def leftovers(kind: Kind, desired: Manifest, live: Manifest) -> tuple[str, ...]:
    """Return the paths of what we have applied and state no more: applying again takes it away."""
    entries = live["metadata"].get("managedFields", ())
    applied = [entry for entry in entries if (entry.get("manager"), entry.get("operation")) == (FIELD_MANAGER, "Apply")]
    return tuple(sorted(found.path for found in _beyond(kind, desired, live, applied)))


def _beyond(kind: Kind, desired: Manifest, live: Manifest, entries: list[Manifest]) -> tuple[Intrusion, ...]:
    """Return what the owners of these entries hold of a guarded section, and we do not state."""
    section = f"f:{GUARDED.get(kind, '')}"
    owned = [entry["fieldsV1"][section] for entry in entries if section in entry.get("fieldsV1", {})]
    places = {place: path for fields in owned for place, path in _walk({section: fields}, (desired, live), (), ())}
    # from behind, so that no index moves before its turn
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
    """One step down a managed field, on both sides."""

    name: str
    index: str | int
    desired: Any
    live: Any


def _step(key: str, desired: Any, live: Any) -> _Step | None:
    """Follow a key of managed fields; None where there is nothing there, or nothing of its own to follow."""
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
