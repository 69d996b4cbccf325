"""Why this mode, and the story of one execution."""

import json
from typing import Any

import msgspec
import pytest

from photo_core.domain.runtime_policy import POLICY_KEY, FeedMode, RuntimePolicy
from photo_operator.cluster.fake import FakeCluster
from photo_operator.cluster.kinds import Kind
from tests.unit.operator.cli.conftest import Call, execution


def _tell_pods(cluster: FakeCluster, policy: RuntimePolicy) -> None:
    data = {POLICY_KEY: msgspec.json.encode(policy).decode()}
    cluster.put(Kind.CONFIG_MAP, {"metadata": {"name": "demo-runtime", "namespace": "photos"}, "data": data})


def test_an_ordinary_mode_is_nobodys_doing(call: Call, cluster: FakeCluster) -> None:
    _tell_pods(cluster, RuntimePolicy(leader_epoch=3))
    answer = json.loads(call("explain", "mode", "-o", "json").stdout)
    assert answer["mode"] == "Push"
    assert answer["decidedBy"] == ["spec.feed.mode is Auto, and no runbook is running"]
    assert answer["toldToPods"] == {"leader_epoch": "3"}


def test_a_mode_in_an_incident_is_the_executions_doing(call: Call, cluster: FakeCluster) -> None:
    cluster.put(Kind.EXECUTION, execution("demo-feedcachedown-2", "Mitigated"))
    cluster.objects[(Kind.PLATFORM, "photos", "demo")]["status"]["feedMode"] = "Pull"
    _tell_pods(cluster, RuntimePolicy(feed_mode=FeedMode.PULL, degraded_level=1))
    said = call("explain", "mode").stdout
    assert "Feeds  Pull: read from author timelines, without Redis" in said
    assert "demo-feedcachedown-2 is Mitigated: feeds are pulled" in said
    assert "feed_mode       pull" in said


def test_stale_feeds_are_explained_by_the_pages_of_pods(call: Call, cluster: FakeCluster) -> None:
    cluster.objects[(Kind.PLATFORM, "photos", "demo")]["status"]["feedMode"] = "Stale"
    answer = json.loads(call("explain", "mode", "-o", "json").stdout)
    assert answer["meaning"].startswith("read from Redis alone")
    assert answer["decidedBy"][0].startswith("pods answer at least half of all feed pages as stale")


def test_a_fixed_mode_is_the_specs_doing(call: Call, cluster: FakeCluster) -> None:
    cluster.objects[(Kind.PLATFORM, "photos", "demo")]["spec"]["feed"]["mode"] = "Pull"
    assert "spec.feed.mode is Pull, so no runbook changes it" in call("explain", "mode").stdout


def test_an_execution_tells_its_story(call: Call, cluster: FakeCluster) -> None:
    cluster.put(Kind.EXECUTION, execution("demo-feedcachedown-2", "Mitigated", findings=["Redis refuses"]))
    answer = json.loads(call("explain", "runbook", "demo-feedcachedown-2", "-o", "json").stdout)
    assert answer["trigger"] == "Probe: 7 calls to Redis failed"
    assert answer["findings"] == ["Redis refuses"]
    assert [(step["name"], step["leg"], step["state"]) for step in answer["steps"]] == [
        ("pull", "Mitigate", "in force"),
        ("rebuild", "Recover", "not yet"),
    ]
    assert answer["execution"]["secondsToMitigate"] == 2


def test_a_story_reads_in_order(call: Call) -> None:
    said = call("explain", "runbook", "demo-feedcachedown-1").stdout
    assert said.index("Trigger") < said.index("Plan\n") < said.index("Journal") < said.index("pods pull")


def test_a_wrong_execution_leads_to_the_right_one(call: Call) -> None:
    result = call("explain", "runbook", "demo-feedcachedown-9")
    assert result.exit_code == 2
    assert "did you mean demo-feedcachedown-1?" in result.stderr


@pytest.mark.parametrize("kind", ["Undo", "Undone"])
def test_a_step_that_is_taken_back_is_not_in_force(call: Call, cluster: FakeCluster, kind: str) -> None:
    manifest = execution("demo-feedcachedown-2", "Recovering")
    journal: list[dict[str, Any]] = manifest["status"]["journal"]
    journal.append(journal[-1] | {"kind": kind})
    cluster.put(Kind.EXECUTION, manifest)
    answer = json.loads(call("explain", "runbook", "demo-feedcachedown-2", "-o", "json").stdout)
    assert answer["steps"][0]["state"] in ("undoing", "undone")


def test_executions_are_listed_newest_first(call: Call, cluster: FakeCluster) -> None:
    newer = execution("demo-feedcachedown-2", "Mitigated")
    newer["metadata"]["creationTimestamp"] = "2026-11-21T09:59:00Z"
    cluster.put(Kind.EXECUTION, newer)
    answer = json.loads(call("executions", "-o", "json").stdout)
    assert [found["name"] for found in answer["executions"]] == ["demo-feedcachedown-2", "demo-feedcachedown-1"]
    assert [found["running"] for found in answer["executions"]] == [True, False]


def test_a_dry_run_tells_what_it_would_have_done_and_whether_that_was_needed(call: Call, cluster: FakeCluster) -> None:
    shadow = {"steps": ["pull"], "needed": "Yes", "causeLastedSeconds": 90, "savedSeconds": 80}
    cluster.put(Kind.EXECUTION, execution("demo-feedcachedown-2", "Succeeded", shadow=shadow))
    said = call("explain", "runbook", "demo-feedcachedown-2").stdout
    assert "would have applied pull; needed Yes; the cause lasted for 90 s; users would have been spared 80 s" in said
