"""A field of the spec rolls the pods that read it, and no others: one row a field, none left out."""

import copy
from collections.abc import Iterable
from typing import Any, get_args, get_origin

import msgspec
import pytest
import yaml

from hack.generate import PLATFORMS_CRD
from photo_core.errors import Engine
from photo_core.settings import Variable
from photo_operator.cluster.kinds import Kind
from photo_operator.components.catalog import DEPLOYED, PROVISIONER, WORKERS, Component, ScaledWorkerRecord
from photo_operator.crds.base import SecretRef
from photo_operator.crds.engines import Engines
from photo_operator.crds.platform import PlatformSpec, WorkerSpec, decode_platform
from photo_operator.desired.assemble import Given, assemble
from photo_operator.desired.workloads import VERSION

SCHEMA = yaml.load(PLATFORMS_CRD.read_text(), yaml.CSafeLoader)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
BLOCKS_OF_WORKERS = SCHEMA["properties"]["spec"]["properties"]["workers"]["properties"]
GIVEN = Given({}, secrets_complete=True, provisioned=True)
ALL = frozenset(spec.component for spec in (*DEPLOYED, PROVISIONER))
NONE: frozenset[Component] = frozenset()


def _users(engine: Engine) -> frozenset[Component]:
    return frozenset(spec.component for spec in (*DEPLOYED, PROVISIONER) if engine in spec.engines)


def _readers(variable: Variable) -> frozenset[Component]:
    return frozenset(spec.component for spec in DEPLOYED if variable in spec.variables)


KAFKA, REDIS, CASSANDRA = _users(Engine.KAFKA), _users(Engine.REDIS), _users(Engine.CASSANDRA)
POSTGRES, STORE = _users(Engine.POSTGRES), _users(Engine.OBJECT_STORAGE)
PREPARED = frozenset({Component.PROVISION})
API = frozenset({Component.API})
EVENTS = [{"schedule": "0 3 * * *", "durationMinutes": 60, "replicas": 2, "reason": "x"}]

ROLLED: dict[str, tuple[Any, frozenset[Component]]] = {
    "image.repository": ("elsewhere/photoplatform", ALL),
    "image.tag": ("next", ALL),
    "image.pullPolicy": ("Always", ALL - PREPARED),
    "engines.kafka.bootstrapServers": ("other:9092", KAFKA),
    "engines.kafka.secretRef.name": ("other", KAFKA),
    "engines.kafka.prefix": ("other.", KAFKA),
    "engines.kafka.provision": (False, PREPARED),
    "engines.kafka.partitionDivisor": (2, KAFKA),
    "engines.redis.nodes": (["other:6379"], REDIS),
    "engines.redis.secretRef.name": ("other", REDIS),
    "engines.redis.keyPrefix": ("other:", REDIS),
    "engines.cassandra.hosts": (["other:9042"], CASSANDRA),
    "engines.cassandra.secretRef.name": ("other", CASSANDRA),
    "engines.cassandra.localDatacenter": ("other", CASSANDRA),
    "engines.cassandra.keyspace": ("other", CASSANDRA),
    "engines.cassandra.provision": (False, PREPARED),
    "engines.postgres.secretRef.name": ("other", POSTGRES),
    "engines.postgres.provision": (False, PREPARED),
    "engines.objectStorage.endpoint": ("http://other:7070", STORE),
    "engines.objectStorage.secretRef.name": ("other", STORE),
    "engines.objectStorage.publicEndpoint": ("https://other", STORE),
    "engines.objectStorage.region": ("eu-north-1", STORE),
    "engines.objectStorage.buckets.original": ("other", STORE),
    "engines.objectStorage.buckets.optimized": ("other", STORE),
    "engines.objectStorage.buckets.videos": ("other", STORE),
    "engines.objectStorage.provision": (False, PREPARED),
    "api.replicas.min": (3, NONE),
    "api.replicas.max": (9, NONE),
    "api.rateLimits.requestsPerSecondPerAccount": (7, API),
    "api.service.type": ("ClusterIP", NONE),
    "api.service.nodePort": (30081, NONE),
    "feed.mode": ("Pull", NONE),
    "feed.celebrityThreshold": (7, _readers(Variable.CELEBRITY_THRESHOLD)),
    "feed.cap": (100, _readers(Variable.FEED_CAP)),
    "feed.inactiveAfterDays": (7, _readers(Variable.FEED_INACTIVE_AFTER_DAYS)),
    "feed.skipFanoutAfter": ("7m", _readers(Variable.FEED_SKIP_FANOUT_AFTER)),
    "feed.rebuildsPerSecond": (7, _readers(Variable.FEED_REBUILDS_PER_SECOND)),
    "media.maxPhotoBytes": (7, _readers(Variable.MEDIA_MAX_PHOTO_BYTES)),
    "remediation.mode": ("Off", NONE),
    "remediation.runbooks": ([{"alert": "FeedCacheDown", "mode": "Off"}], NONE),
    "degradedLevel": (1, NONE),
    "pauseRequests": ([{"reason": "x"}], NONE),
    "maintenanceWindows": ([{"schedule": "0 3 * * *", "durationMinutes": 60, "reason": "x"}], NONE),
}
OWN = {"api": Component.API} | {f"workers.{worker.name}": worker.component for worker in WORKERS}  # of one component
SCALED = [f"workers.{worker.name}" for worker in WORKERS if isinstance(worker, ScaledWorkerRecord)]
ROLLED |= {f"{path}.resources.requests": ({"cpu": "77m"}, frozenset({own})) for path, own in OWN.items()}
ROLLED |= {f"{path}.resources.limits": ({"cpu": "770m"}, frozenset({own})) for path, own in OWN.items()}
ROLLED |= {f"{path}.replicas.{bound}": (5, NONE) for path in OWN for bound in ("min", "max") if path != "api"}
ROLLED |= {f"{path}.drainTargetSeconds": (7, NONE) for path in SCALED}
ROLLED |= {f"{path}.scheduledEvents": (EVENTS, NONE) for path in SCALED}


def _struct_of(annotation: Any) -> type[msgspec.Struct] | None:
    """Return the struct that a field holds, or None."""
    kinds = [kind for kind in (annotation, *get_args(annotation)) if isinstance(kind, type)]
    return next((kind for kind in kinds if issubclass(kind, msgspec.Struct)), None)


def _smallest_block(engine: type[msgspec.Struct]) -> dict[str, Any]:
    """Return a block of an optional engine with its required fields alone."""
    required = [found for found in msgspec.structs.fields(engine) if found.required]
    example = {SecretRef: {"name": "other"}, str: "http://other:1"}
    return {found.encode_name: example.get(found.type, ["other:1"]) for found in required}


OPTIONAL = {found.encode_name: found.type for found in msgspec.structs.fields(Engines) if found.default is None}
ROLLED |= {
    f"engines.{name}": (_smallest_block(block), _users(Engine(name)))
    for name, annotation in OPTIONAL.items()
    if (block := _struct_of(annotation)) is not None
}


def _fields(of: type[msgspec.Struct], path: str = "") -> Iterable[str]:
    for found in msgspec.structs.fields(of):
        name, struct = f"{path}{found.encode_name}", _struct_of(found.type)
        if found.name == "workers":
            yield from _worker_fields(f"{name}.")
        elif of is Engines and found.encode_name in OPTIONAL:
            yield name
        elif struct is not None and get_origin(found.type) is not tuple:
            yield from _fields(struct, f"{name}.")
        else:
            yield name


def _worker_fields(path: str) -> Iterable[str]:
    """Yield the fields of every worker that its block of the CRD has."""
    for worker in WORKERS:
        block = BLOCKS_OF_WORKERS[worker.name]["properties"]
        yield from (f"{path}{worker.name}.{field}" for field in _fields(WorkerSpec) if field.partition(".")[0] in block)


def test_every_field_of_the_spec_has_its_row() -> None:
    assert set(ROLLED) == set(_fields(PlatformSpec))


def _versions(manifest: dict[str, Any]) -> dict[Component, str]:
    children = assemble(decode_platform(manifest), GIVEN)
    deployed = {
        Component(child.manifest["metadata"]["labels"]["app.kubernetes.io/component"]): child.manifest["metadata"]
        for child in children
        if child.kind is Kind.DEPLOYMENT
    }
    (job,) = [child.manifest["metadata"]["name"] for child in children if child.kind is Kind.JOB]
    return {component: found["annotations"][VERSION] for component, found in deployed.items()} | {
        Component.PROVISION: job
    }


@pytest.mark.parametrize("path", ROLLED)
def test_a_field_rolls_who_reads_it_and_nobody_else(manifest: dict[str, Any], path: str) -> None:
    value, rolled = ROLLED[path]
    changed = copy.deepcopy(manifest)
    *way, last = path.split(".")
    here = changed["spec"]
    for step in way:
        here = here.setdefault(step, {})
    assert here.get(last) != value, "the row changes nothing"
    here[last] = value
    before, after = _versions(manifest), _versions(changed)
    assert {component for component in before if before[component] != after[component]} == rolled
