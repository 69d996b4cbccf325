"""The parts of the CRD that follow from the records of components: `spec.workers` and the replicas of the API. Pure.

Called by `generate`. The rest of the CRD is written by hand and stays as it is. So do the properties that a worker has
beside those of every worker; the schemas that workers share with other fields are copied from there.
"""

from collections.abc import Iterable
from typing import Any

import yaml

from photo_operator.components.catalog import API, WORKERS, ComponentRecord, ScaledWorkerRecord, WorkerRecord

Json = dict[str, Any]
Path = tuple[str | int, ...]
COMMON = frozenset({"replicas", "drainTargetSeconds", "scheduledEvents", "resources"})  # written here for each worker
LONGEST_LINE = 140
SPEC: Path = ("spec", "versions", 0, "schema", "openAPIV3Schema", "properties", "spec", "properties")


def crd_with_workers(text: str) -> str:
    """Return the CRD's text with a block for each worker; a block that says the same already stays untouched."""
    spec = _at(yaml.load(text, yaml.CSafeLoader), SPEC)
    blocks: dict[Path, Json] = {("api", "properties", "replicas"): replicas_schema(API)}
    blocks |= {("workers", "properties", worker.name): worker_schema(worker, spec) for worker in WORKERS}
    for (*way, name), block in blocks.items():
        if _at(spec, way).get(name) != block:
            text = _with_block(text, (*SPEC, *way), str(name), block)
    return text


def worker_schema(worker: WorkerRecord, spec: Json) -> Json:
    """Return the schema of `spec.workers.<name>`; `spec` are the CRD's properties, from which it keeps its own ones."""
    block: Json = spec["workers"]["properties"].get(worker.name, {})
    properties: Json = {"replicas": replicas_schema(worker)}
    if isinstance(worker, ScaledWorkerRecord):
        properties["drainTargetSeconds"] = _drain_target_schema(worker)
        properties["scheduledEvents"] = _scheduled_events_schema(spec)
    properties["resources"] = spec["api"]["properties"]["resources"]
    own = {name: schema for name, schema in block.get("properties", {}).items() if name not in COMMON}
    common = {"type": "object", "description": worker.description, "default": {}}
    return block | common | {"properties": properties | own}


def replicas_schema(record: ComponentRecord) -> Json:
    """Return the schema of a component's `replicas`."""
    least, most = record.replicas.min, record.replicas.max
    lower, upper = _replicas_texts(record)
    return {
        "type": "object",
        "description": "Minimum and maximum number of pods.",
        "default": {"min": least, "max": most},
        "properties": {
            "min": _integer("min", lower, 1000, least),
            "max": _integer("max", upper, 1000, most),
        },
        "x-kubernetes-validations": [
            {"rule": "self.min <= self.max", "message": "min must not exceed max: raise max or lower min"}
        ],
    }


def _replicas_texts(record: ComponentRecord) -> tuple[str, str]:
    if record.autoscaled or isinstance(record, ScaledWorkerRecord):
        return "Minimum number of pods.", "Maximum number of pods."
    return (
        "Number of pods that run.",
        "Reserved: this component is not scaled, so min pods run. Must not be below min.",
    )


def _drain_target_schema(worker: ScaledWorkerRecord) -> Json:
    text = "The scaler runs enough pods to work off the backlog within this many seconds."
    return _integer("drainTargetSeconds", text, 3600, worker.drain_target_seconds)


def _scheduled_events_schema(spec: Json) -> Json:
    windows: Json = spec["maintenanceWindows"]["items"]["properties"]
    return {
        "type": "array",
        "description": "Recurring times of high load. Pods are started before each and scaled down afterwards.",
        "maxItems": 8,
        "x-kubernetes-list-type": "atomic",
        "items": {
            "type": "object",
            "description": "One recurring time of high load.",
            "required": ["schedule", "durationMinutes", "replicas", "reason"],
            "properties": {
                "schedule": _described(windows["schedule"], "When the window opens", "When the event begins"),
                "durationMinutes": _described(windows["durationMinutes"], "the window stays open", "the event lasts"),
                "replicas": _event_replicas_schema(),
                "reason": windows["reason"]
                | {
                    "description": "What the event is; the status shows it.",
                    "x-kubernetes-validations": [{"rule": "size(self.trim()) > 0", "message": "say what happens then"}],
                },
            },
        },
    }


def _event_replicas_schema() -> Json:
    return {
        "type": "integer",
        "format": "int32",
        "description": "Minimum number of pods while the event lasts; replicas.max still applies. From 1 to 1000.",
        "x-kubernetes-validations": [
            {"rule": "self >= 1 && self <= 1000", "message": "write replicas from 1 to 1000"},
        ],
    }


def _integer(name: str, text: str, maximum: int, default: int) -> Json:
    return {
        "type": "integer",
        "format": "int32",
        "description": f"{text} From 1 to {maximum}. Default: {default}.",
        "default": default,
        "x-kubernetes-validations": [
            {"rule": f"self >= 1 && self <= {maximum}", "message": f"write a {name} from 1 to {maximum}"}
        ],
    }


def _described(schema: Json, found: str, better: str) -> Json:
    return schema | {"description": schema["description"].replace(found, better)}


def _at(value: Any, path: Iterable[str | int]) -> Any:
    for step in path:
        value = value[step]
    return value


def _with_block(text: str, parent: Path, name: str, block: Json) -> str:
    """Return a YAML text in which a mapping has this block: in the place of the former one, else at its end."""
    node: Any = yaml.compose(text, yaml.CSafeLoader)
    for step in parent:
        node = _child(node, step)
    lines = text.splitlines(keepends=True)
    end_of_parent = node.value[-1][1].end_mark.line
    places = {key.value: (key.start_mark.line, value.end_mark.line) for key, value in node.value}
    begin, end = places.get(name, (end_of_parent, end_of_parent))
    return "".join([*lines[:begin], _dumped({name: block}, node.start_mark.column), *lines[end:]])


def _child(node: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return node.value[step]
    return next(value for key, value in node.value if key.value == step)


def _dumped(value: Json, indent: int) -> str:
    written: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=LONGEST_LINE - indent)
    return "".join(f"{' ' * indent}{line}" for line in written.splitlines(keepends=True))
