"""All that a status is built from. Filled by `reconcile`; read by every module of this folder."""

from collections.abc import Mapping

from msgspec import Struct

from photo_core.domain.runtime_policy import FeedMode
from photo_core.errors import Engine
from photo_operator.components.catalog import Component
from photo_operator.crds.execution import Execution
from photo_operator.crds.platform import Platform
from photo_operator.engines.model import Health
from photo_operator.observe.pods import PodFacts
from photo_operator.observe.workloads import JobState, Rollout
from photo_operator.rollout.apply import Refusal
from photo_operator.scaling.model import Scaling
from photo_operator.scaling.replicas import Counted


class StatusInputs(Struct, frozen=True):
    """All that a status is built from."""

    platform: Platform
    now: str  # RFC 3339 UTC
    job: JobState
    schema_version: str | None
    job_trouble: str
    rollouts: dict[Component, Rollout]
    pods: tuple[PodFacts, ...]
    healths: dict[Engine, Health]
    feed_mode: FeedMode | None
    feeds_to_rebuild: int = 0
    degraded_level: int = 0
    executions: tuple[Execution, ...] = ()  # under way, oldest first
    scalings: Mapping[Component, Scaling] = {}
    refusals: tuple[Refusal, ...] = ()
    counted: tuple[Counted, ...] = ()
    waiting: tuple[Component, ...] = ()  # for their turn to take a new version
    blind_autoscaler: str = ""
    leader_epoch: int = 0  # what pods are told with, which never falls
    unsettled: int = 0  # children that were not as they shall be when this pass read them
    prepared: bool = True  # whether `schema_version` is the one that the spec wants
