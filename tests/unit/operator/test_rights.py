from pathlib import Path
from typing import Any

import yaml

from photo_operator.cluster.kinds import LEASE_RIGHTS, NAMESPACE_RIGHTS, Right

FILES = Path(__file__).parents[3] / "charts/photoplatform-operator/files"


def _granted(name: str) -> list[Right]:
    rules: list[dict[str, Any]] = yaml.safe_load((FILES / name).read_text())
    return [
        Right(group, resource, verb, named)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        for named in rule.get("resourceNames", [""])
    ]


def test_the_chart_grants_exactly_what_the_code_uses_in_a_watched_namespace() -> None:
    granted = _granted("namespace-rules.yaml")
    assert sorted(granted) == sorted(NAMESPACE_RIGHTS)
    assert len(granted) == 75


def test_the_chart_grants_one_lease_by_name() -> None:
    granted = _granted("lease-rules.yaml")
    assert sorted(granted) == sorted(LEASE_RIGHTS)
    assert len(granted) == 3


def test_secrets_are_neither_listed_nor_changed() -> None:
    assert {right.verb for right in NAMESPACE_RIGHTS if right.resource == "secrets"} == {"get", "create"}


def test_nothing_is_granted_by_wildcard() -> None:
    assert not [right for right in _granted("namespace-rules.yaml") if "*" in (right.group, right.resource, right.verb)]
