"""Everything that one pass over one platform knows before it acts. Built once a pass by `reconcile`.

Remediation, scaling, rollout and status read the same context, so that they decide from the same facts. What a pass
does is never written back into it: `remediation` derives a later context from it after each execution that it stores.
"""

from collections.abc import Mapping

from msgspec import Struct

from photo_operator.components.catalog import Component
from photo_operator.crds.platform import Platform, PlatformSpec
from photo_operator.crds.runbook import Condition, GuardedTarget, Runbook
from photo_operator.observe.alert_board import Firing
from photo_operator.observe.observer import Observed
from photo_operator.signals import Readings, Signal


class Evidence(Struct, frozen=True):
    """What suggests an incident: the readings, what they mean in words, and the alerts that fire, by name."""

    readings: Readings = {}
    sentences: Mapping[Signal, str] = {}
    alerts: Mapping[str, Firing] = {}

    def for_alert(self, alert: str) -> dict[Signal, float]:
        """Return the readings as the runbook of an alert sees them."""
        return {**self.readings, Signal.ALERT_FIRING: float(alert in self.alerts)}


class PassContext(Struct, frozen=True):
    """The facts of one pass.

    Attributes:
        observed: what the cluster says.
        now: RFC 3339 UTC.
        monotonic: the same moment in seconds of the monotonic clock.
        epoch: the leader epoch that pods are told.
        runbooks: by alert: those that ship with the operator, replaced and completed by those of the namespace.
        evidence: what readings and alerts say.
        failing_downstream: which failures keep a scaled worker from its work, for the workers where some do.
        serves_stale_feeds: whether pods answer feeds as stale.
        feeds_to_rebuild: feeds that Redis has lost and that are rebuilt before they are read.
        held: the conditions that have held for as long as they ask, by alert and by execution.
        lease_holders: who holds which target of the platform.
    """

    observed: Observed
    now: str
    monotonic: float = 0.0
    epoch: int = 0
    runbooks: Mapping[str, Runbook] = {}
    evidence: Evidence = Evidence()
    failing_downstream: Mapping[Component, str] = {}
    serves_stale_feeds: bool = False
    feeds_to_rebuild: int = 0
    held: Mapping[str, frozenset[Condition]] = {}
    lease_holders: Mapping[GuardedTarget, str] = {}

    @property
    def platform(self) -> Platform:
        """The PhotoPlatform of this pass."""
        return self.observed.platform

    @property
    def spec(self) -> PlatformSpec:
        """What the PhotoPlatform asks for."""
        return self.observed.platform.spec
