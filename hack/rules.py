"""The rules of alerts/ as data, and the page that lists the alerts.

Read by `hack.generate` and by tests/repo. Prometheus reads the files themselves.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hack import paths

ALERTS = paths.ROOT / "alerts"


@dataclass(frozen=True)
class Rule:
    """One rule: of an alert, or of a recorded series; the other name is empty."""

    area: str
    alert: str
    record: str
    expr: str
    wait: str
    labels: dict[str, str]
    annotations: dict[str, str]


def read_rules(folder: Path = ALERTS) -> list[Rule]:
    """Return every rule in the order of files and groups."""
    files = sorted(folder.glob("*.rules.yaml"))
    return [
        _rule(path.name.removesuffix(".rules.yaml"), rule)
        for path in files
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    ]


def _rule(area: str, rule: dict[str, Any]) -> Rule:
    return Rule(
        area=area,
        alert=rule.get("alert", ""),
        record=rule.get("record", ""),
        expr=str(rule["expr"]),
        wait=rule.get("for", ""),
        labels=rule.get("labels", {}),
        annotations=rule.get("annotations", {}),
    )
