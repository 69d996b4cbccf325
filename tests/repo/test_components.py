"""A component is described once, in its record; the other places that name it are closed lists of another kind."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from photo_operator.components.catalog import (
    DEPLOYED,
    RECORDS,
    SCALED,
    WORKERS,
    Component,
    ScaledWorkerRecord,
    WorkerRecord,
)
from photo_operator.crds.runbook import RunbookComponent
from photo_workers import registry

ROOT = Path(__file__).resolve().parents[2]
CATALOG = ROOT / "operator/src/photo_operator/components/catalog.py"
CLOSED_LISTS = {
    CATALOG,
    ROOT / "operator/src/photo_operator/crds/runbook.py",  # the components that runbooks act on
    ROOT / "operator/src/photo_operator/runbooks/guards.py",  # which component each action of a runbook touches
}
DERIVING = [
    path
    for folder in ("operator/src", "dashboards", "hack")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path not in CLOSED_LISTS and "scenarios" not in path.parts  # a scenario breaks the component that it is about
]
NAMES = {worker.component.value for worker in WORKERS} | {worker.name for worker in WORKERS}
MOST_NAMED = 2  # a decision may be about a worker, or about two; three are a list


def named_workers(source: str) -> Iterator[str]:
    """Yield the workers that a module names, as a text or as a member of Component."""
    members = {worker.component.name: worker.component.value for worker in WORKERS}
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str() as text) if text in NAMES:
                yield text
            case ast.Attribute(value=ast.Name(id="Component"), attr=member) if member in members:
                yield members[member]


@pytest.mark.parametrize("path", DERIVING, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_other_module_lists_the_workers(path: Path) -> None:
    assert len(set(named_workers(path.read_text()))) <= MOST_NAMED


def test_a_second_list_is_found() -> None:
    assert set(named_workers('ORDER = (Component.FANOUT, Component.PURGE)\nNAMES = {"x": "imageEncode"}')) == {
        "fanout",
        "purge",
        "imageEncode",
    }


def test_the_catalog_names_each_worker_as_a_label_and_in_its_record() -> None:
    assert Counter(named_workers(CATALOG.read_text())) == {worker.component.value: 2 for worker in WORKERS}


def test_every_component_has_one_record() -> None:
    assert list(RECORDS) == [record.component for record in (*DEPLOYED, RECORDS[Component.PROVISION])]
    assert set(RECORDS) == set(Component)
    assert len({worker.name for worker in WORKERS}) == len(WORKERS)


def test_the_components_of_runbooks_are_components() -> None:
    assert {component.value for component in RunbookComponent} <= {component.value for component in Component}


@pytest.mark.parametrize("worker", WORKERS, ids=lambda worker: worker.name)
def test_the_image_runs_what_the_record_starts(worker: WorkerRecord) -> None:
    *command, name = worker.command
    assert command == ["photo-workers", "run"]
    assert registry.by_name(name) is not None


@pytest.mark.parametrize("worker", SCALED, ids=lambda worker: worker.name)
def test_the_lag_that_scales_a_worker_is_of_what_it_consumes(worker: ScaledWorkerRecord) -> None:
    registered = registry.by_name(worker.component)
    assert isinstance(registered, registry.ConsumerWorker)
    assert (registered.topic, registered.group) == (worker.topic, worker.group)
    assert set(worker.writes_to) <= set(worker.engines)
