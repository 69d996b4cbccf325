"""What a status is built from, for tests that change one part of it at a time."""

from typing import Any

from msgspec.structs import fields, replace

from photo_core.domain.runtime_policy import FeedMode
from photo_core.errors import Engine
from photo_operator.components.catalog import DEPLOYED
from photo_operator.crds.platform import Platform
from photo_operator.engines.model import healthy
from photo_operator.observe.context import PassContext
from photo_operator.observe.observer import Observed
from photo_operator.observe.pods import PodFacts
from photo_operator.observe.workloads import JobState, Rollout
from photo_operator.status.inputs import StatusInputs

OF_THE_CONTEXT = {field.name for field in fields(PassContext)}
OBSERVED = {field.name for field in fields(Observed)}


def build_inputs(platform: Platform, rollout: Rollout, *pods: PodFacts) -> StatusInputs:
    """Return the inputs of a platform whose Deployments all have the same numbers and whose engines are well."""
    rollouts = {spec.component: rollout for spec in DEPLOYED}
    return StatusInputs(
        context=PassContext(Observed(platform, rollouts=rollouts, pods=pods), "2026-01-01T00:00:00Z"),
        job=JobState.SUCCEEDED,
        schema_version="v1",
        job_trouble="",
        healths={engine: healthy(engine) for engine in Engine},
        feed_mode=FeedMode.PUSH,
    )


def changed(inputs: StatusInputs, **changes: Any) -> StatusInputs:
    """Return the inputs with other values, of fields of their context as well."""
    observed = replace(inputs.context.observed, **{key: value for key, value in changes.items() if key in OBSERVED})
    of_context = {key: value for key, value in changes.items() if key in OF_THE_CONTEXT}
    own = {key: value for key, value in changes.items() if key not in OF_THE_CONTEXT | OBSERVED}
    return replace(inputs, context=replace(inputs.context, observed=observed, **of_context), **own)
