"""Which incidents there are: what alerts and readings say, compared with the conditions of the runbooks.

Called by `reconcile` for how long conditions have been met, by `remediation` for incidents and the executions that
record them, and by `execution` for conditions in what an execution sees. `guards` judges whether anything may be done.
All but `ConditionHistory`, which remembers times, is pure.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from photo_operator.crds.execution import DecisionView, Execution, TriggerSource
from photo_operator.crds.metadata import child_metadata
from photo_operator.crds.platform import API_VERSION, Manifest, Platform
from photo_operator.crds.runbook import Condition, Diagnosis, Require, Runbook
from photo_operator.crds.runbook_rules import conditions
from photo_operator.observe.context import Evidence
from photo_operator.runbooks.journal import active
from photo_operator.signals import Readings


def is_met(condition: Condition, readings: Readings) -> bool:
    """Whether a signal is beyond the bound of a condition now; a signal that is not known meets no condition."""
    value = readings.get(condition.signal)
    if value is None:
        return False
    if condition.above is not None:
        return value > condition.above
    return condition.below is not None and value < condition.below


def key_of(condition: Condition) -> str:
    """Return a condition as a word."""
    bound = f"above {condition.above:g}" if condition.above is not None else f"below {condition.below:g}"
    return f"{condition.signal.value} {bound} for {condition.for_seconds} s"


def conditions_of(runbook: Runbook) -> tuple[Condition, ...]:
    """Return every condition of a runbook."""
    return tuple(condition for _, condition in conditions(runbook))


# --- conditions over time ---

MetSince = Mapping[Condition, float]  # monotonic seconds


class WatchedConditions(Struct, frozen=True):
    """The conditions of one runbook, and the readings as that runbook sees them."""

    conditions: tuple[Condition, ...]
    readings: Readings


def watched_conditions(
    runbooks: Mapping[str, Runbook], executions: Iterable[Execution], evidence: Evidence
) -> dict[str, WatchedConditions]:
    """Return the conditions to follow: of each runbook by its alert, and of each running execution by its name."""
    watched = {
        alert: WatchedConditions(conditions_of(runbook), evidence.for_alert(alert))
        for alert, runbook in runbooks.items()
    }
    for execution in active(executions):
        if execution.status.plan is not None:
            pinned = conditions_of(execution.status.plan.runbook)
            readings = evidence.for_alert(execution.spec.runbook)
            watched[execution.metadata.name] = WatchedConditions(pinned, readings)
    return watched


class ConditionHistory:
    """Since when conditions are met without a break, as this leader saw it from pass to pass. One a platform.

    Kept in memory and bounded by the conditions that are watched: a new leader starts from zero, since nobody saw what
    happened in between.
    """

    def __init__(self) -> None:
        self._met_since: dict[str, MetSince] = {}

    def update(self, watched: Mapping[str, WatchedConditions], now: float) -> dict[str, frozenset[Condition]]:
        """Return the conditions that have held for as long as they ask, by name; what is not watched is forgotten.

        Args:
            watched: by alert or execution.
            now: monotonic seconds.
        """
        self._met_since = {
            name: _met_since(self._met_since.get(name, {}), found, now) for name, found in watched.items()
        }
        return {name: _held(since, now) for name, since in self._met_since.items()}


def _met_since(before: MetSince, watched: WatchedConditions, now: float) -> MetSince:
    return {found: before.get(found, now) for found in watched.conditions if is_met(found, watched.readings)}


def _held(met_since: MetSince, now: float) -> frozenset[Condition]:
    return frozenset(condition for condition, since in met_since.items() if now - since >= condition.for_seconds)


# --- conditions in what an execution sees ---


def holds(condition: Condition, view: DecisionView) -> bool:
    """Whether a condition holds in what an execution sees."""
    return is_met(condition, view.readings) and (condition.for_seconds == 0 or key_of(condition) in view.held)


def unmet(wanted: Iterable[Condition], view: DecisionView) -> str:
    """Return the conditions that do not hold, with what is read instead, as a sentence; empty where all hold."""
    failing = [condition for condition in wanted if not holds(condition, view)]
    return ", ".join(_reading_of(condition, view.readings) for condition in failing)


def refuted(wanted: Iterable[Condition], view: DecisionView) -> str:
    """Return the conditions that are seen not to hold, as a sentence; a signal that is not known refutes nothing."""
    known = (condition for condition in wanted if condition.signal in view.readings)
    failing = [condition for condition in known if not is_met(condition, view.readings)]
    return ", ".join(_reading_of(condition, view.readings) for condition in failing)


def _reading_of(condition: Condition, readings: Readings) -> str:
    value = readings.get(condition.signal)
    return f"{condition.signal.value} is {'not known' if value is None else f'{value:g}'}"


def findings(diagnosis: Diagnosis, view: DecisionView) -> tuple[str, ...]:
    """Return what the checks of a diagnosis find."""
    return tuple(check.finding for check in diagnosis.checks if holds(check.condition, view))


def confirmed(diagnosis: Diagnosis, view: DecisionView) -> bool:
    """Whether enough checks hold to act."""
    found = len(findings(diagnosis, view))
    return found == len(diagnosis.checks) if diagnosis.require is Require.ALL else found > 0


# --- incidents ---


class Incident(Struct, frozen=True):
    """A runbook that should run, and what was seen; `fingerprint` is the alert's own, or empty."""

    runbook: Runbook
    source: TriggerSource
    summary: str
    fingerprint: str = ""


def match(
    runbooks: Mapping[str, Runbook], evidence: Evidence, held: Mapping[str, frozenset[Condition]]
) -> tuple[Incident, ...]:
    """Return the incidents, ordered by alert; `held` has the conditions that hold, by alert."""
    found = (_incident(runbooks[alert], evidence, held.get(alert, frozenset())) for alert in sorted(runbooks))
    return tuple(incident for incident in found if incident is not None)


def _incident(runbook: Runbook, evidence: Evidence, held: frozenset[Condition]) -> Incident | None:
    """Return the incident of a runbook: a condition of its trigger that holds counts before an alert of its name."""
    met = [condition for condition in runbook.trigger.any_of if condition in held]
    if met:
        said = [evidence.sentences.get(found.signal) or _reading_of(found, evidence.readings) for found in met]
        return Incident(runbook, TriggerSource.PROBE, "; ".join(said))
    fired = evidence.alerts.get(runbook.alert)
    return None if fired is None else Incident(runbook, TriggerSource.ALERT, fired.summary, fired.incident)


def build_execution(platform: Platform, incident: Incident, now: str) -> Manifest:
    """Return the RunbookExecution that records an incident; its name holds the second in which it was seen."""
    alert = incident.runbook.alert
    stamped = f"{alert.lower()}-{now.translate(str.maketrans('', '', '-:TZ'))}"
    return {
        "apiVersion": API_VERSION,
        "kind": "RunbookExecution",
        "metadata": child_metadata(platform, f"{platform.metadata.name}-{stamped}", "runbook"),
        "spec": {
            "platform": platform.metadata.name,
            "runbook": alert,
            "trigger": {
                "source": incident.source.value,
                "fingerprint": incident.fingerprint or stamped,
                "summary": incident.summary[:1024],
            },
        },
    }
