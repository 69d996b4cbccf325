"""Rolls a new version out to one Deployment at a time, and continues only while the others are healthy.

Pure; called by `reconcile` after the changes are built and before they are applied. Creations, children of other kinds
and the repair of drift do not wait. The schema was migrated before: see `desired.provisioning`.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from photo_operator.cluster.kinds import Kind
from photo_operator.components.catalog import DEPLOYED, Component
from photo_operator.crds.names import deployment_name
from photo_operator.desired.workloads import VERSION
from photo_operator.observe.workloads import Rollout
from photo_operator.rollout.changes import Change, Verb

# consumers of messages before their producers, see the catalog
ORDER: tuple[Component, ...] = tuple(record.component for record in DEPLOYED)
_NEW_VERSION = f"metadata.annotations.{VERSION}"


class Turn(Struct, frozen=True):
    """The changes of this pass, and the components that wait for a later one."""

    changes: tuple[Change, ...]
    waiting: tuple[Component, ...] = ()


def take_turns(changes: Sequence[Change], rollouts: Mapping[Component, Rollout], platform: str) -> Turn:
    """Return the changes that may be applied now."""
    names = {deployment_name(platform, component): component for component in ORDER}
    due = {names[change.name] for change in changes if _is_new_version(change) and change.name in names}
    waiting = tuple(component for component in ORDER if component in due and component != _next(due, rollouts))
    held = {deployment_name(platform, component) for component in waiting}
    free = tuple(change for change in changes if change.kind is not Kind.DEPLOYMENT or change.name not in held)
    return Turn(free, waiting)


def _is_new_version(change: Change) -> bool:
    return change.kind is Kind.DEPLOYMENT and change.verb is Verb.RESTORE and _NEW_VERSION in change.paths


def _next(due: set[Component], rollouts: Mapping[Component, Rollout]) -> Component | None:
    """Return the component to roll out next: an unhealthy one first, since the new version may repair it."""
    in_order = [component for component in ORDER if component in due]
    unwell = [component for component in in_order if not rollouts[component].rolled]
    if unwell:
        return unwell[0]
    on_the_way = [found for component, found in rollouts.items() if component not in due and not found.rolled]
    return None if on_the_way else next(iter(in_order), None)
