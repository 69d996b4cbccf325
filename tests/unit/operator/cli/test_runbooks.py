"""What may run, in which mode, what holds it, and what is wrong with a file."""

import json
from pathlib import Path
from typing import Any

import yaml

from photo_operator.cluster.fake import FakeCluster
from photo_operator.cluster.kinds import Kind
from tests.unit.operator.cli.conftest import BUILT_IN, Call, execution


def _rows(call: Call) -> dict[str, dict[str, Any]]:
    answer = json.loads(call("runbooks", "list", "-o", "json").stdout)
    return {row["alert"]: row for row in answer["runbooks"]}


def test_runbooks_are_listed_with_mode_and_source(call: Call, cluster: FakeCluster, built_ins: None) -> None:
    del built_ins
    spec = cluster.objects[(Kind.PLATFORM, "photos", "demo")]["spec"]
    spec["remediation"] = {"mode": "Automatic", "runbooks": [{"alert": "FeedCacheDown", "mode": "DryRun"}]}
    row = _rows(call)["FeedCacheDown"]
    assert (row["mode"], row["source"]) == ("DryRun", "built in FeedCacheDown.yaml")
    assert row["last"] == "Succeeded, 2m0s ago"


def test_a_runbook_of_the_namespace_replaces_the_built_in_one(
    call: Call, cluster: FakeCluster, built_ins: None
) -> None:
    del built_ins
    own = yaml.safe_load(BUILT_IN.read_text())
    own["metadata"] = {"name": "ours", "namespace": "photos"}
    cluster.put(Kind.RUNBOOK, own)
    assert _rows(call)["FeedCacheDown"]["source"] == "Runbook ours"


def test_what_is_left_of_a_cooldown_is_told(call: Call, cluster: FakeCluster) -> None:
    own = yaml.safe_load(BUILT_IN.read_text())
    own["metadata"] = {"name": "ours", "namespace": "photos"}
    own["spec"]["guards"]["cooldownSeconds"] = 60
    cluster.put(Kind.RUNBOOK, own)
    late = execution("demo-feedcachedown-2", "Succeeded", endedAt="2026-11-21T09:59:59Z")
    late["metadata"]["creationTimestamp"] = "2026-11-21T09:59:30Z"
    cluster.put(Kind.EXECUTION, late)
    assert _rows(call)["FeedCacheDown"]["cooldownLeftSeconds"] == 59


def test_a_malformed_runbook_is_named_and_hides_no_other(call: Call, cluster: FakeCluster, built_ins: None) -> None:
    del built_ins
    cluster.put(Kind.RUNBOOK, {"metadata": {"name": "wrong", "namespace": "photos"}, "spec": {}})
    said = call("runbooks").stdout
    assert "FeedCacheDown" in said
    assert "Runbook wrong" in said


def test_a_good_file_is_called_good(call: Call) -> None:
    result = call("runbooks", "check", str(BUILT_IN))
    assert (result.exit_code, result.stdout) == (0, "FeedCacheDown: valid\n")


def test_a_bad_file_is_told_with_file_field_and_reason(call: Call, tmp_path: Path) -> None:
    manifest = yaml.safe_load(BUILT_IN.read_text())
    manifest["spec"]["guards"]["cooldownSeconds"] = -1
    path = tmp_path / "runbook.yaml"
    path.write_text(yaml.safe_dump(manifest))
    result = call("runbooks", "check", str(path))
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{path}: spec.guards.cooldownSeconds: ")


def test_a_file_that_is_no_yaml_is_told(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "runbook.yaml"
    path.write_text("a: [")
    assert call("runbooks", "check", str(path)).exit_code == 1


def test_a_file_that_is_not_there_is_wrong_use(call: Call, tmp_path: Path) -> None:
    result = call("runbooks", "check", str(tmp_path / "nowhere"))
    assert result.exit_code == 2
    assert "cannot read" in result.stderr
