"""`kubectl explain` answers every question about a field, and every rule is shown a resource that breaks it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.bad_platforms import BAD

ROOT = Path(__file__).resolve().parents[2]
CRDS = sorted((ROOT / "charts/photoplatform-crds/templates").glob("*.yaml"))
OF_THE_API_SERVER = {"apiVersion", "kind", "metadata"}  # described by itself
UNITS = {"byte", "day", "feed", "follower", "level", "minute", "pod", "port", "second", "number", "at least", "times"}
UNITS |= {"percent", "executions", "requests", "divides", "runs", "bound", "posts", "partitions"}
Field = tuple[str, dict[str, Any]]


def _schema(path: Path) -> dict[str, Any]:
    schema: dict[str, Any] = yaml.safe_load(path.read_text())["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


def _fields(schema: dict[str, Any], path: str) -> Iterator[Field]:
    for name, field in schema.get("properties", {}).items():
        yield f"{path}.{name}", field
        yield from _fields(field, f"{path}.{name}")
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), dict):
            yield from _fields(schema[inner], f"{path}[]")


FIELDS: list[Field] = [
    field
    for path in CRDS
    for field in _fields(_schema(path), path.stem)
    if field[0].partition(".")[2] not in OF_THE_API_SERVER
]


@pytest.mark.parametrize(("path", "field"), FIELDS, ids=[path for path, _ in FIELDS])
def test_every_field_is_described_by_a_sentence_with_its_default(path: str, field: dict[str, Any]) -> None:
    said = field.get("description", "")
    assert said[:1].isupper() or said[:1].isdigit(), path
    assert said.endswith("."), said
    default = field.get("default")
    if default is not None and not isinstance(default, dict | list):
        words = "none" if default == "" else str(default).lower() if isinstance(default, bool) else default
        assert f"Default: {words}." in said


def test_every_number_that_people_write_has_a_unit_or_bounds() -> None:
    numbers = [(path, field["description"]) for path, field in FIELDS if field.get("type") in ("integer", "number")]
    written = [(path, said) for path, said in numbers if ".spec." in path]
    assert written
    assert [path for path, said in written if not any(unit in (path + said).lower() for unit in UNITS)] == []


def _rules(schema: dict[str, Any]) -> Iterator[dict[str, str]]:
    yield from schema.get("x-kubernetes-validations", ())
    for field in schema.get("properties", {}).values():
        yield from _rules(field)
    if "items" in schema:
        yield from _rules(schema["items"])


PLATFORM_RULES = list(_rules(_schema(ROOT / "charts/photoplatform-crds/templates/photoplatforms.yaml")))


@pytest.mark.parametrize("message", sorted({rule["message"] for rule in PLATFORM_RULES}))
def test_every_rule_of_a_platform_is_broken_by_an_example(message: str) -> None:
    assert [bad.path for bad in BAD if bad.sentence in message]
