"""Which incidents there are: what alerts and readings say, compared with what the runbooks ask for. Pure.

Called by `remediation`; whether anything may be done about them is judged by `guards`.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from photo_operator.crds.execution import TriggerSource, View
from photo_operator.crds.runbook import Condition, Diagnosis, Require, Runbook
from photo_operator.crds.runbook_rules import conditions
from photo_operator.runbooks.holding import is_met
from photo_operator.signals import Readings, Signal


class Incident(Struct, frozen=True):
    """A runbook that should run, and what was seen; `fingerprint` is the alert's own, or empty."""

    runbook: Runbook
    source: TriggerSource
    summary: str
    fingerprint: str = ""


class Fired(Struct, frozen=True):
    """What Alertmanager says of an alert that fires; `incident` is the same for all that it says of one incident."""

    incident: str
    summary: str


class Noticed(Struct, frozen=True):
    """What a pass notices: the readings, what they mean in words, and the alerts that fire."""

    readings: Readings
    sentences: Mapping[Signal, str] = {}
    alerts: Mapping[str, Fired] = {}

    def for_alert(self, alert: str) -> dict[Signal, float]:
        """Return the readings as the runbook of an alert sees them."""
        return {**self.readings, Signal.ALERT_FIRING: float(alert in self.alerts)}


def key_of(condition: Condition) -> str:
    """Return a condition as a word."""
    bound = f"above {condition.above:g}" if condition.above is not None else f"below {condition.below:g}"
    return f"{condition.signal.value} {bound} for {condition.for_seconds} s"


def conditions_of(runbook: Runbook) -> tuple[Condition, ...]:
    """Return every condition of a runbook."""
    return tuple(condition for _, condition in conditions(runbook))


def holds(condition: Condition, view: View) -> bool:
    """Whether a condition holds in what an execution sees."""
    return is_met(condition, view.readings) and (condition.for_seconds == 0 or key_of(condition) in view.held)


def unmet(wanted: Iterable[Condition], view: View) -> str:
    """Return the conditions that do not hold with what is read instead, as a sentence; empty where all hold."""
    failing = [condition for condition in wanted if not holds(condition, view)]
    return ", ".join(_read(condition, view.readings) for condition in failing)


def refuted(wanted: Iterable[Condition], view: View) -> str:
    """Return the conditions that are seen not to hold, as a sentence; what is not known refutes nothing."""
    seen = (condition for condition in wanted if condition.signal in view.readings)
    failing = [condition for condition in seen if not is_met(condition, view.readings)]
    return ", ".join(_read(condition, view.readings) for condition in failing)


def _read(condition: Condition, readings: Readings) -> str:
    value = readings.get(condition.signal)
    return f"{condition.signal.value} is {'not known' if value is None else f'{value:g}'}"


def findings(diagnosis: Diagnosis, view: View) -> tuple[str, ...]:
    """Return what the checks find."""
    return tuple(check.finding for check in diagnosis.checks if holds(check.condition, view))


def confirmed(diagnosis: Diagnosis, view: View) -> bool:
    """Whether enough checks hold to act."""
    found = len(findings(diagnosis, view))
    return found == len(diagnosis.checks) if diagnosis.require is Require.ALL else found > 0


def match(
    runbooks: Mapping[str, Runbook], noticed: Noticed, holding: Mapping[str, frozenset[Condition]]
) -> tuple[Incident, ...]:
    """Return the incidents, ordered by alert; `holding` has the conditions that hold, by alert."""
    found = (_incident(runbooks[alert], noticed, holding.get(alert, frozenset())) for alert in sorted(runbooks))
    return tuple(incident for incident in found if incident is not None)


def _incident(runbook: Runbook, noticed: Noticed, holding: frozenset[Condition]) -> Incident | None:
    met = [condition for condition in runbook.trigger.any_of if condition in holding]
    if met:
        said = [noticed.sentences.get(condition.signal) or _read(condition, noticed.readings) for condition in met]
        return Incident(runbook, TriggerSource.PROBE, "; ".join(said))
    fired = noticed.alerts.get(runbook.alert)
    return None if fired is None else Incident(runbook, TriggerSource.ALERT, fired.summary, fired.incident)
