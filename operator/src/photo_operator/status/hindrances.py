"""Why a rollout does not go on, in the words of the pods that do not start. Pure; called by `status`."""

from collections.abc import Iterable, Mapping

from photo_operator.components.catalog import Component
from photo_operator.observe.pods import PodFacts
from photo_operator.observe.workloads import Rollout


def hindrances(rollouts: Mapping[Component, Rollout], pods: Iterable[PodFacts]) -> tuple[str, ...]:
    """Return a sentence for each component whose new pods do not come up; the former ones are at work meanwhile."""
    troubles: dict[str, str] = {}
    for pod in pods:
        if pod.trouble and not pod.ready:
            troubles.setdefault(pod.component, pod.trouble)
    return tuple(
        f"{component}: {sentence}; {found.available} pods of the former version serve"
        for component, found in rollouts.items()
        if found.exists and not found.rolled and (sentence := troubles.get(component) or found.stalled)
    )
