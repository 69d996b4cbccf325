"""The settings of a component: what the spec of a platform sets, else the defaults of its record. Pure."""

from photo_operator.components.catalog import RECORDS, Component, ScaledWorkerRecord, WorkerRecord
from photo_operator.crds.platform import DeployedSpec, PlatformSpec, Replicas, Resources, WorkerSpec

_EMPTY = WorkerSpec()


def replicas_of(spec: PlatformSpec, component: Component) -> Replicas:
    """Return the bounds of a component's number of pods."""
    record = RECORDS[component]
    return _part_of(spec, component).replicas or record.replicas


def resources_of(spec: PlatformSpec, component: Component) -> Resources:
    """Return the requests and limits that the spec sets; those of the record stay for the rest."""
    return _part_of(spec, component).resources


def worker_spec(spec: PlatformSpec, worker: WorkerRecord) -> WorkerSpec:
    """Return the part of the spec about a worker."""
    return spec.workers.get(worker.name, _EMPTY)


def drain_target_of(spec: PlatformSpec, worker: ScaledWorkerRecord) -> int:
    """Return the seconds within which the scaler works off the backlog of a worker."""
    stated = worker_spec(spec, worker).drain_target_seconds
    return worker.drain_target_seconds if stated is None else stated


def _part_of(spec: PlatformSpec, component: Component) -> DeployedSpec:
    record = RECORDS[component]
    if isinstance(record, WorkerRecord):
        return worker_spec(spec, record)
    return spec.api if component is Component.API else _EMPTY
