"""One record for each component of a platform: the API, every worker, and the Job that prepares the engines.

Everything that has to know a component reads its record: the builders in `desired`, `rollout`, `scaling`, `status`,
the command line, and `make generate` for the CRD. `photo_workers.registry` is the workers' own list; tests/repo
compares both. docs/how-to/add-a-worker.md adds a worker step by step.
"""

from enum import StrEnum

from msgspec import Struct

from photo_core.engines.contract import contracts
from photo_core.errors import Engine
from photo_core.messages.topics import Group, Topic
from photo_core.settings import Variable
from photo_operator.conditions import EventReason
from photo_operator.crds.platform import Replicas
from photo_operator.crds.runbook import GuardedTarget


class Component(StrEnum):
    """Value of the label app.kubernetes.io/component; the record of each says what it does."""

    API = "api"
    FANOUT_PLANNER = "fanout-planner"
    FANOUT = "fanout"
    IMAGE_ENCODE = "image-encode"
    MEDIA_INGEST = "media-ingest"
    OUTBOX_RELAY = "outbox-relay"
    INTERACTION_COUNTER = "interaction-counter"
    PURGE = "purge"
    FEED_REBUILD = "feed-rebuild"
    PROVISION = "provision"


class ComponentRecord(Struct, frozen=True, kw_only=True):
    """What the operator knows of a component; replicas and resources are defaults that the spec may override.

    Attributes:
        component: the value of its label.
        description: what it does, as the CRD says it.
        engines: the engines that it connects to; it gets their variables, Secrets and ports.
        program: the command of its container; empty for a worker, whose command follows from its name.
        variables: the environment variables that it reads besides those of its engines.
        memory: request and limit of a pod.
        cpu: request of a pod.
        replicas: bounds of the number of pods.
        grace_seconds: how long a pod may take to end.
        watches_policy: whether it watches the runtime policy, for which it needs the API server.
        uses_public_endpoint: whether it calls the object store at its public endpoint, as clients do.
        serves_http: whether it serves users; it then has an HTTP port, a readiness probe and open ingress.
        mounts_signing_keys: whether it mounts the Secret of the signing keys.
        autoscaled: whether a HorizontalPodAutoscaler sets its number of pods.
    """

    component: Component
    description: str
    engines: tuple[Engine, ...]
    program: tuple[str, ...] = ()
    variables: tuple[Variable, ...] = ()
    memory: tuple[str, str] = ("96Mi", "256Mi")
    cpu: str = "20m"
    replicas: Replicas = Replicas(1, 1)
    grace_seconds: int = 45  # enough to finish a batch and to commit its offset
    watches_policy: bool = False
    uses_public_endpoint: bool = False
    serves_http: bool = False
    mounts_signing_keys: bool = False
    autoscaled: bool = False

    @property
    def command(self) -> tuple[str, ...]:
        """The command of its container."""
        return self.program or ("photo-workers", "run", self.component.value)


class WorkerRecord(ComponentRecord, frozen=True, kw_only=True):
    """A worker whose number of pods is `replicas.min`."""

    @property
    def name(self) -> str:
        """Its name in `spec.workers` and `status.workers`: the label in camel case."""
        first, *rest = self.component.split("-")
        return first + "".join(word.capitalize() for word in rest)


class ScaledWorkerRecord(WorkerRecord, frozen=True, kw_only=True):
    """A worker whose number of pods follows its lag.

    Attributes:
        topic: the topic that it reads.
        group: the consumer group that it is a member of.
        drain_target_seconds: default of `drainTargetSeconds`.
        writes_to: the engines that it writes to; while they fail, more workers would not help.
        target: the Lease that a runbook holds while it acts on this worker.
        event: the reason of the Event that reports a change of its number.
    """

    topic: Topic
    group: Group
    drain_target_seconds: int
    writes_to: tuple[Engine, ...]
    target: GuardedTarget
    event: EventReason


FEED_VARIABLES = (Variable.CELEBRITY_THRESHOLD, Variable.FEED_CAP, Variable.FEED_INACTIVE_AFTER_DAYS)

API = ComponentRecord(
    component=Component.API,
    description="The HTTP API.",
    engines=tuple(Engine),
    program=("photo-app",),
    variables=(*FEED_VARIABLES, Variable.MEDIA_MAX_PHOTO_BYTES, Variable.RATE_LIMIT_PER_ACCOUNT),
    memory=("160Mi", "512Mi"),
    cpu="100m",  # the autoscaler's target is a percentage of this
    replicas=Replicas(2, 4),
    grace_seconds=30,
    watches_policy=True,
    serves_http=True,
    mounts_signing_keys=True,
    autoscaled=True,
)

# In the order in which a new version is rolled out: a consumer of messages goes before their producer, down to the
# API, which produces the first. A message of the new version is then never read by a pod of the former one; a new
# version reads what the former one has produced.
WORKERS: tuple[WorkerRecord, ...] = (
    ScaledWorkerRecord(
        component=Component.FANOUT,
        description="Writes posts into the feeds of followers. The operator scales it by its lag.",
        engines=(Engine.KAFKA, Engine.REDIS, Engine.POSTGRES),
        variables=FEED_VARIABLES,
        replicas=Replicas(1, 6),
        watches_policy=True,
        topic=Topic.FEED_FANOUT,
        group=Group.FANOUT_WORKERS,
        drain_target_seconds=30,
        writes_to=(Engine.REDIS,),
        target=GuardedTarget.FANOUT,
        event=EventReason.FANOUT_SCALED,
    ),
    WorkerRecord(
        component=Component.FEED_REBUILD,
        description="Rebuilds feeds that Redis has lost before they are read.",
        engines=(Engine.KAFKA, Engine.REDIS, Engine.CASSANDRA, Engine.POSTGRES),
        variables=(*FEED_VARIABLES, Variable.FEED_REBUILDS_PER_SECOND),
    ),
    WorkerRecord(
        component=Component.INTERACTION_COUNTER,
        description="Counts likes and comments.",
        engines=(Engine.KAFKA, Engine.CASSANDRA, Engine.REDIS),
    ),
    ScaledWorkerRecord(
        component=Component.IMAGE_ENCODE,
        description="Validates photos, strips their metadata and resizes them. The operator scales it by its lag.",
        engines=(Engine.KAFKA, Engine.CASSANDRA, Engine.OBJECT_STORAGE),
        memory=("128Mi", "768Mi"),
        replicas=Replicas(1, 4),
        watches_policy=True,
        topic=Topic.MEDIA_UPLOADED,
        group=Group.IMAGE_ENCODE,
        drain_target_seconds=60,
        writes_to=(Engine.CASSANDRA, Engine.OBJECT_STORAGE),
        target=GuardedTarget.ENCODE,
        event=EventReason.ENCODE_SCALED,
    ),
    WorkerRecord(
        component=Component.PURGE,
        description="Removes the data of deleted posts and accounts from all engines.",
        engines=(Engine.KAFKA, Engine.CASSANDRA, Engine.POSTGRES, Engine.REDIS, Engine.OBJECT_STORAGE),
        uses_public_endpoint=True,
    ),
    WorkerRecord(
        component=Component.FANOUT_PLANNER,
        description="Splits the followers of each new post into messages for the fan-out workers.",
        engines=(Engine.KAFKA, Engine.CASSANDRA, Engine.POSTGRES),
        variables=(*FEED_VARIABLES, Variable.FEED_SKIP_FANOUT_AFTER),
        watches_policy=True,
    ),
    WorkerRecord(
        component=Component.MEDIA_INGEST,
        description="Turns the object store's events into uploads to encode.",
        engines=(Engine.KAFKA, Engine.CASSANDRA, Engine.OBJECT_STORAGE),
        watches_policy=True,
    ),
    WorkerRecord(
        component=Component.OUTBOX_RELAY,
        description="Produces events to Kafka that the API stored but could not produce itself.",
        engines=(Engine.KAFKA, Engine.CASSANDRA),
    ),
)

PROVISIONER = ComponentRecord(
    component=Component.PROVISION,
    description="The Job that creates topics, schemas and buckets in the engines.",
    engines=tuple(contract.engine for contract in contracts() if contract.provision_module is not None),
    program=("photo-workers", "provision"),
    variables=(Variable.PROVISION,),
)

DEPLOYED: tuple[ComponentRecord, ...] = (*WORKERS, API)
SCALED: tuple[ScaledWorkerRecord, ...] = tuple(record for record in WORKERS if isinstance(record, ScaledWorkerRecord))
RECORDS: dict[Component, ComponentRecord] = {record.component: record for record in (*DEPLOYED, PROVISIONER)}
