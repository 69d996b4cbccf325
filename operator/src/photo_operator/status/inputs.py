"""Everything that a status is built from. Filled by `reconcile` at the end of a pass; read by every module here."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from photo_core.domain.runtime_policy import FeedMode
from photo_core.errors import Engine
from photo_operator.components.catalog import Component
from photo_operator.crds.execution import Execution
from photo_operator.crds.platform import Platform
from photo_operator.engines.model import Health
from photo_operator.observe.context import PassContext
from photo_operator.observe.pods import PodFacts
from photo_operator.observe.workloads import JobState, Rollout
from photo_operator.rollout.apply import RefusedChild
from photo_operator.scaling.model import Scaling
from photo_operator.scaling.replicas import Counted


class ServedFeedMode(StrEnum):
    """`status.feedMode`: how feeds are served. Pods are told all but the last one."""

    PUSH = "Push"  # from Redis
    PULL = "Pull"  # from author timelines; Redis is not asked
    REBUILDING = "Rebuilding"  # whole feeds from Redis, others are rebuilt as they are read
    STALE = "Stale"  # pods cannot read the truth and answer what Redis and memory hold


class StatusInputs(Struct, frozen=True):
    """The context of a pass, and what came of the pass.

    Attributes:
        context: what the pass knew before it acted.
        job: the state of the Job that prepares the engines.
        job_trouble: why the pods of that Job do not run; empty where they do.
        schema_version: the version for which the engines were prepared last.
        prepared: whether that is the version that the spec asks for.
        healths: of each engine.
        feed_mode: what pods are told.
        degraded_level: what pods are told.
        executions: those that have not ended, oldest first.
        scalings: of each scaled worker.
        counted: the numbers of pods of all other components.
        refusals: children that the API server refused.
        unsettled: how many children differed from the desired ones when the pass read them.
        waiting: components that wait for their turn to take a new version.
        blind_autoscaler: why the API's autoscaler gets no figures; empty where it does.
    """

    context: PassContext
    job: JobState
    schema_version: str | None
    job_trouble: str
    healths: dict[Engine, Health]
    feed_mode: FeedMode | None
    prepared: bool = True
    degraded_level: int = 0
    executions: tuple[Execution, ...] = ()
    scalings: Mapping[Component, Scaling] = {}
    counted: tuple[Counted, ...] = ()
    refusals: tuple[RefusedChild, ...] = ()
    unsettled: int = 0
    waiting: tuple[Component, ...] = ()
    blind_autoscaler: str = ""

    @property
    def platform(self) -> Platform:
        """The PhotoPlatform as the pass read it."""
        return self.context.platform

    @property
    def rollouts(self) -> Mapping[Component, Rollout]:
        """The numbers of each component's Deployment."""
        return self.context.observed.rollouts

    @property
    def pods(self) -> tuple[PodFacts, ...]:
        """The pods of the platform."""
        return self.context.observed.pods

    @property
    def served_feed_mode(self) -> ServedFeedMode | None:
        """How feeds are served; None before pods were told a mode."""
        if self.feed_mode is None:
            return None
        if self.context.serves_stale_feeds:
            return ServedFeedMode.STALE
        return ServedFeedMode(self.feed_mode.value.capitalize())
