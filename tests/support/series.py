"""Every series that a query may name: the closed lists of metrics, and what the rules of alerts/ record."""

import re

from alerts.rules import Rule, read_rules
from hack.generate import metrics_of
from photo_core.telemetry import metrics
from photo_operator import telemetry
from photo_operator.status import measures
from tests.support.promql import TARGET, UnknownName, known_metrics, labels_of

RULES = read_rules()
# names that rules record begin with their level
RECORDED = r"(?:slo|platform|feed|fanout|media|database|engine|counter|operator):"


def known_series() -> dict[str, frozenset[str]]:
    """Return series -> labels; a rule may stand in a file before those that it is made of."""
    known = known_metrics(metrics_of(metrics, telemetry, measures))
    waiting = [rule for rule in RULES if rule.record]
    while waiting:
        left = [rule for rule in waiting if not _learned(rule, known)]
        assert len(left) < len(waiting), [rule.record for rule in left]
        waiting = left
    alerts = frozenset(label for rule in RULES if rule.alert for label in rule.labels)
    return known | {"ALERTS": TARGET | alerts | {"alertname", "alertstate"}}


def _learned(rule: Rule, known: dict[str, frozenset[str]]) -> bool:
    try:
        found = labels_of(rule.expr, known)
    except UnknownName as unknown:
        if re.match(RECORDED, str(unknown)):  # by a rule that stands in another file
            return False
        raise
    known[rule.record] = found | rule.labels.keys() | known.get(rule.record, frozenset())
    return True
