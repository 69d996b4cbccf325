"""Reads the alerting and recording rules of this folder as data.

Used by `hack.generate` for the reference page, and by tests/repo. Prometheus reads the files themselves.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hack import paths

ALERTS = paths.ROOT / "alerts"


@dataclass(frozen=True)
class Rule:
    """One alerting or recording rule; the name of the other kind is empty."""

    area: str
    alert: str
    record: str
    expr: str
    duration: str
    labels: dict[str, str]
    annotations: dict[str, str]


def read_rules(folder: Path = ALERTS) -> list[Rule]:
    """Return all rules, in the order of files and groups."""
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
        duration=rule.get("for", ""),
        labels=rule.get("labels", {}),
        annotations=rule.get("annotations", {}),
    )
