"""What a platform's spec says of a component, completed with the defaults of its record. Pure."""

from photo_operator.components.catalog import RECORDS, Component, ScaledWorkerRecord, WorkerRecord
from photo_operator.crds.platform import DeployedSpec, PlatformSpec, Replicas, Resources, WorkerSpec

_UNSTATED = WorkerSpec()


def replicas_of(spec: PlatformSpec, component: Component) -> Replicas:
    """Return the bounds of a component's number of pods."""
    record = RECORDS[component]
    return _stated(spec, component).replicas or record.replicas


def resources_of(spec: PlatformSpec, component: Component) -> Resources:
    """Return the requests and limits that the spec sets beside those of the record."""
    return _stated(spec, component).resources


def worker_spec(spec: PlatformSpec, worker: WorkerRecord) -> WorkerSpec:
    """Return what the spec says of a worker."""
    return spec.workers.get(worker.name, _UNSTATED)


def drain_target_of(spec: PlatformSpec, worker: ScaledWorkerRecord) -> int:
    """Return the seconds within which a worker's backlog has to be gone."""
    stated = worker_spec(spec, worker).drain_target_seconds
    return worker.drain_target_seconds if stated is None else stated


def _stated(spec: PlatformSpec, component: Component) -> DeployedSpec:
    record = RECORDS[component]
    if isinstance(record, WorkerRecord):
        return worker_spec(spec, record)
    return spec.api if component is Component.API else _UNSTATED
