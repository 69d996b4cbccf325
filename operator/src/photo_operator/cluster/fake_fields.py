"""Field ownership as the API server keeps it, for the fake: who applied what, and what goes with it.

A path is a tuple of the keys of `fieldsV1`. Used by `fake`; only the lists that children have are told apart by key.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from photo_operator.crds.platform import Manifest

Path = tuple[str, ...]
_KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "ownerReferences": ("uid",),
}
_WHOLE = frozenset({"selector", "podSelector", "labelSelector"})  # owned, and applied, as one value
_IDENTITY = frozenset({("f:apiVersion",), ("f:kind",), ("f:metadata", "f:name"), ("f:metadata", "f:namespace")})


def _key(name: str, item: Mapping[str, Any]) -> str:
    keys = _KEYS.get(name, ("containerPort" if "containerPort" in item else "port", "protocol"))
    return "k:" + msgspec.json.encode({key: item[key] for key in keys}).decode()


def _keyed(name: str, value: Any) -> bool:
    of_items = isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)
    return of_items and (name in _KEYS or name == "ports")


def leaves(value: Any, path: Path = ()) -> Iterable[Path]:
    """Return the paths of everything that an object states."""
    name = path[-1].removeprefix("f:") if path else ""
    if isinstance(value, Mapping) and value and name not in _WHOLE:
        for key, below in value.items():
            yield from leaves(below, (*path, f"f:{key}"))
    elif _keyed(name, value):
        for item in value:
            yield from leaves(item, (*path, _key(name, item)))
    elif path not in _IDENTITY:
        yield path


def flattened(fields: Mapping[str, Any], path: Path = ()) -> Iterable[Path]:
    """Return the paths of a `fieldsV1`."""
    for key, below in fields.items():
        yield from flattened(below, (*path, key)) if below else [(*path, key)]


def nested(paths: Iterable[Path]) -> Manifest:
    """Return the `fieldsV1` of paths."""
    fields: Manifest = {}
    for path in sorted(paths):
        here = fields
        for key in path:
            here = here.setdefault(key, {})
    return fields


def merged(live: Any, wanted: Any, whole: frozenset[str], name: str = "") -> Any:
    """Return an object after a write: mappings and keyed lists merge, all else and what is `whole` is replaced."""
    if isinstance(live, Mapping) and isinstance(wanted, Mapping) and name not in whole:
        return {**live, **{key: merged(live.get(key), value, whole, key) for key, value in wanted.items()}}
    if _keyed(name, live) and _keyed(name, wanted):
        known = {_key(name, item): item for item in live}
        known |= {_key(name, item): merged(known.get(_key(name, item)), item, whole) for item in wanted}
        return list(known.values())
    return copy.deepcopy(wanted)


def value_at(manifest: Any, path: Path) -> Any:
    """Return what stands at a path, or None."""
    name, here = "", manifest
    for key in path:
        if key.startswith("k:"):
            here = next((item for item in here or () if _key(name, item) == key), None)
        else:
            name = key.removeprefix("f:")
            here = here.get(name) if isinstance(here, Mapping) else None
    return here


def remove(manifest: Any, path: Path, name: str = "") -> None:
    """Remove what stands at a path, and what it leaves empty."""
    if path[0].startswith("k:"):
        index = next((number for number, item in enumerate(manifest) if _key(name, item) == path[0]), None)
    else:
        index = path[0].removeprefix("f:") if path[0].removeprefix("f:") in manifest else None  # type: ignore[assignment]
    if index is None:
        return
    if len(path) > 1:
        remove(manifest[index], path[1:], path[0].removeprefix("f:"))
    if len(path) == 1 or not manifest[index]:
        del manifest[index]


def write(live: Manifest, manifest: Manifest, entry: Manifest) -> Manifest:
    """Return an object after a write of `manifest` by the manager of `entry` (manager, operation, subresource)."""
    entries = live.get("metadata", {}).get("managedFields", [])
    before: Manifest = next((found for found in entries if entry.items() <= found.items()), {"fieldsV1": {}})
    others = [found for found in entries if found is not before]
    stored: Manifest = merged(live, manifest, _WHOLE if entry["operation"] == "Apply" else frozenset())
    changed = {path for path in leaves(manifest) if value_at(live, path) != value_at(stored, path)}
    held, stated = set(flattened(before["fieldsV1"])), set(leaves(manifest))
    if entry["operation"] == "Update":
        stated = held | changed
    left = [found | {"fieldsV1": nested(set(flattened(found["fieldsV1"])) - changed)} for found in others]
    shared = {path for found in left for path in flattened(found["fieldsV1"])}
    for path in held - stated - shared:
        remove(stored, path)
    mine = [entry | {"fieldsV1": nested(stated)}] if stated else []
    stored.setdefault("metadata", {})["managedFields"] = [*(found for found in left if found["fieldsV1"]), *mine]
    return stored
