"""Since when the conditions of runbooks hold without a break, as this leader saw it from pass to pass. Pure.

`ConditionHistory` keeps the times, one a platform, bounded by the conditions that are asked for. In memory: a new
leader starts counting anew, since nobody saw what was between.
"""

from collections.abc import Iterable, Mapping

from photo_operator.crds.runbook import Condition
from photo_operator.signals import Readings

Since = Mapping[Condition, float]  # monotonic seconds
Asked = tuple[Iterable[Condition], Readings]  # a runbook's conditions, and the readings as it sees them


def is_met(condition: Condition, readings: Readings) -> bool:
    """Return whether a signal is beyond its bound now; not while it is not known."""
    value = readings.get(condition.signal)
    if value is None:
        return False
    if condition.above is not None:
        return value > condition.above
    return condition.below is not None and value < condition.below


def remember(since: Since, conditions: Iterable[Condition], readings: Readings, now: float) -> Since:
    """Return since when each condition is met, of those that are met now."""
    return {condition: since.get(condition, now) for condition in conditions if is_met(condition, readings)}


def holding(since: Since, now: float) -> frozenset[Condition]:
    """Return the conditions that have been met for as long as they ask for."""
    return frozenset(condition for condition, began in since.items() if now - began >= condition.for_seconds)


class ConditionHistory:
    """Since when the conditions of each runbook are met."""

    def __init__(self) -> None:
        self._since: dict[str, Since] = {}

    def look(
        self, asked: Mapping[str, tuple[Iterable[Condition], Readings]], now: float
    ) -> dict[str, frozenset[Condition]]:
        """Return the conditions that hold, by runbook; one that is not asked for is forgotten.

        Args:
            asked: by the runbook's name.
            now: monotonic seconds.
        """
        self._since = {
            name: remember(self._since.get(name, {}), conditions, readings, now)
            for name, (conditions, readings) in asked.items()
        }
        return {name: holding(since, now) for name, since in self._since.items()}
