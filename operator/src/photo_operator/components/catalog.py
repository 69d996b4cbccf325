"""The closed list of components: what each runs, which engines it uses and what it costs at rest.

Read by the builders of workloads, networking and disruption budgets. To add a worker, add it here and in
photo_workers' registry.
"""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from photo_core.errors import Engine
from photo_core.settings import Variable
from photo_operator.crds.platform import Platform, Replicas, Resources


class Component(StrEnum):
    """Value of the label app.kubernetes.io/component."""

    API = "api"  # HTTP
    FANOUT_PLANNER = "fanout-planner"  # posts.created -> feed.fanout
    FANOUT = "fanout"  # feed.fanout -> Redis; scaled by its lag
    IMAGE_ENCODE = "image-encode"  # uploads -> variants
    MEDIA_INGEST = "media-ingest"  # store events -> uploads
    OUTBOX_RELAY = "outbox-relay"  # what the API could not produce
    INTERACTION_COUNTER = "interaction-counter"  # interactions -> the counts of posts
    PURGE = "purge"  # posts.deleted -> nothing left of them
    FEED_REBUILD = "feed-rebuild"  # lost feeds -> whole feeds, before they are read
    PROVISION = "provision"  # the Job that prepares the engines


class ComponentSpec(Struct, frozen=True):
    """What a component is made of; `memory` is (request, limit), `cpu` the request."""

    component: Component
    command: tuple[str, ...]
    engines: tuple[Engine, ...]
    variables: tuple[Variable, ...] = ()
    memory: tuple[str, str] = ("96Mi", "256Mi")
    cpu: str = "20m"
    watches_policy: bool = False  # then it talks to the API server
    asks_as_clients_do: bool = False  # then it talks to the store's public endpoint


FEED_VARIABLES = (Variable.CELEBRITY_THRESHOLD, Variable.FEED_CAP, Variable.FEED_INACTIVE_AFTER_DAYS)


def _worker(component: Component, *engines: Engine) -> tuple[Component, tuple[str, ...], tuple[Engine, ...]]:
    return component, ("photo-workers", "run", component.value), engines


DEPLOYED: tuple[ComponentSpec, ...] = (
    ComponentSpec(
        Component.API,
        ("photo-app",),
        tuple(Engine),
        (*FEED_VARIABLES, Variable.MEDIA_MAX_PHOTO_BYTES, Variable.RATE_LIMIT_PER_ACCOUNT),
        memory=("160Mi", "512Mi"),
        cpu="100m",  # what the autoscaler's percentage is of
        watches_policy=True,
    ),
    ComponentSpec(
        *_worker(Component.FANOUT_PLANNER, Engine.KAFKA, Engine.CASSANDRA, Engine.POSTGRES),
        (*FEED_VARIABLES, Variable.FEED_SKIP_FANOUT_AFTER),
        watches_policy=True,
    ),
    ComponentSpec(
        *_worker(Component.FANOUT, Engine.KAFKA, Engine.REDIS, Engine.POSTGRES), FEED_VARIABLES, watches_policy=True
    ),
    ComponentSpec(
        *_worker(Component.IMAGE_ENCODE, Engine.KAFKA, Engine.CASSANDRA, Engine.OBJECT_STORAGE),
        (Variable.MEDIA_MAX_PHOTO_BYTES,),
        memory=("128Mi", "768Mi"),
        watches_policy=True,
    ),
    ComponentSpec(
        *_worker(Component.MEDIA_INGEST, Engine.KAFKA, Engine.CASSANDRA, Engine.OBJECT_STORAGE),
        (Variable.MEDIA_MAX_PHOTO_BYTES,),
        watches_policy=True,
    ),
    ComponentSpec(*_worker(Component.OUTBOX_RELAY, Engine.KAFKA, Engine.CASSANDRA)),
    ComponentSpec(*_worker(Component.INTERACTION_COUNTER, Engine.KAFKA, Engine.CASSANDRA, Engine.REDIS)),
    ComponentSpec(
        *_worker(Component.PURGE, Engine.KAFKA, Engine.CASSANDRA, Engine.POSTGRES, Engine.REDIS, Engine.OBJECT_STORAGE),
        asks_as_clients_do=True,
    ),
    ComponentSpec(
        *_worker(Component.FEED_REBUILD, Engine.KAFKA, Engine.REDIS, Engine.CASSANDRA, Engine.POSTGRES),
        (*FEED_VARIABLES, Variable.FEED_REBUILDS_PER_SECOND),
    ),
)

PROVISIONER = ComponentSpec(
    Component.PROVISION,
    ("photo-workers", "provision"),
    (Engine.KAFKA, Engine.CASSANDRA, Engine.POSTGRES, Engine.OBJECT_STORAGE),
    (Variable.PROVISION,),
)

# the scaler follows their lag, see `scaling.scaled`
SCALED: frozenset[Component] = frozenset({Component.FANOUT, Component.IMAGE_ENCODE})


class Stated(Protocol):
    """What the spec says of any component that is deployed."""

    @property
    def replicas(self) -> Replicas:
        """Bounds of the number of pods."""
        ...

    @property
    def resources(self) -> Resources:
        """Requests and limits."""
        ...


def _stated(platform: Platform) -> dict[Component, Stated]:
    workers = platform.spec.workers
    return {
        Component.API: platform.spec.api,
        Component.FANOUT_PLANNER: workers.fanout_planner,
        Component.FANOUT: workers.fanout,
        Component.IMAGE_ENCODE: workers.image_encode,
        Component.MEDIA_INGEST: workers.media_ingest,
        Component.OUTBOX_RELAY: workers.outbox_relay,
        Component.FEED_REBUILD: workers.feed_rebuild,
        Component.INTERACTION_COUNTER: workers.interaction_counter,
        Component.PURGE: workers.purge,
    }


def replicas_of(platform: Platform, component: Component) -> Replicas:
    """Return the bounds that the spec gives a component."""
    return _stated(platform)[component].replicas


def resources_of(platform: Platform, component: Component) -> Resources:
    """Return what the spec says of a component's requests and limits."""
    stated = _stated(platform).get(component)
    return Resources() if stated is None else stated.resources
