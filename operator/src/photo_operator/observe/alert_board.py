"""The alerts that fire, as Alertmanager last notified. One `AlertBoard` a process.

Filled by `process.alert_receiver`, read by `reconcile`. In memory and bounded: a new leader is notified again within
Alertmanager's repeat interval, and alerts that are no longer repeated are forgotten. Runbooks are matched elsewhere.
"""

from collections.abc import Callable, Iterable

import structlog
from msgspec import Struct

from photo_core.clock import Clock
from photo_operator import telemetry
from photo_operator.observe.alert_messages import Alert, AlertStatus

MOST_KEPT = 1_000
FORGET_SECONDS = 900.0  # three times the repeat interval of charts/engines

log = structlog.get_logger(__name__)


class Firing(Struct, frozen=True):
    """An alert that fires for a platform; `incident` is the same in all notifications of one incident."""

    alert: str
    incident: str
    summary: str


class _Kept(Struct):
    alert: Alert
    notified_at: float
    reported_unknown: bool = False  # whether it was logged that no runbook answers it


class AlertBoard:
    """Alerts by fingerprint."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wakes: list[Callable[[str], None]] = []
        self._kept: dict[str, _Kept] = {}

    def subscribe(self, wake: Callable[[str], None]) -> None:
        """Call `wake` with the namespace of every new alert."""
        self._wakes.append(wake)

    def take(self, alerts: Iterable[Alert]) -> None:
        """Remember the alerts that fire and forget those that are resolved."""
        self._forget()
        for alert in alerts:
            outcome = self._place(alert)
            telemetry.ALERTS.labels(outcome).inc()

    def _place(self, alert: Alert) -> str:
        if alert.platform is None:
            log.warning("alert without a platform", alert=alert.name, labels=sorted(alert.labels))
            return "unaddressed"
        if alert.status is AlertStatus.RESOLVED:
            return self._clear(alert)
        return self._keep(alert, alert.platform[0])

    def _clear(self, alert: Alert) -> str:
        kept = self._kept.get(alert.fingerprint)
        if kept is not None and kept.alert.starts_at <= alert.starts_at:
            del self._kept[alert.fingerprint]
        return "resolved"

    def _keep(self, alert: Alert, namespace: str) -> str:
        now, kept = self._clock.monotonic(), self._kept.get(alert.fingerprint)
        if kept is not None and kept.alert.starts_at >= alert.starts_at:
            kept.notified_at = now
            return "repeated"
        if kept is None and len(self._kept) >= MOST_KEPT:
            log.error("too many alerts fire at once; one is dropped", alert=alert.name, kept=MOST_KEPT)
            return "dropped"
        self._kept[alert.fingerprint] = _Kept(alert, now)
        log.info("alert", alert=alert.name, platform=alert.platform, fingerprint=alert.fingerprint)
        for wake in self._wakes:
            wake(namespace)
        return "new"

    def _forget(self) -> None:
        oldest = self._clock.monotonic() - FORGET_SECONDS
        self._kept = {key: kept for key, kept in self._kept.items() if kept.notified_at >= oldest}

    def firing(self, namespace: str, platform: str, runbooks: frozenset[str]) -> tuple[Firing, ...]:
        """Return the alerts of a platform that one of these runbooks answers; each other one is logged once."""
        self._forget()
        about = [kept for kept in self._kept.values() if kept.alert.platform == (namespace, platform)]
        for kept in about:
            if kept.alert.name not in runbooks and not kept.reported_unknown:
                kept.reported_unknown = True
                telemetry.ALERTS.labels("unknown").inc()
                log.warning("alert without a runbook", alert=kept.alert.name)
        return tuple(_firing(kept.alert) for kept in about if kept.alert.name in runbooks)


def _firing(alert: Alert) -> Firing:
    said = alert.annotations.get("summary") or alert.annotations.get("description") or "no summary"
    return Firing(alert.name, alert.incident, f"Alertmanager: {said}"[:300])
