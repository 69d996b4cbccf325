"""What changes something asks first, does exactly that, and says what to look at next."""

from typing import Any

import pytest

from photo_operator.cluster.fake import FakeCluster, Write
from photo_operator.cluster.kinds import Kind
from tests.unit.operator.cli.conftest import Call, execution

WAITING = "demo-feedcachedown-2"


@pytest.fixture
def waiting(cluster: FakeCluster) -> str:
    cluster.put(Kind.EXECUTION, execution(WAITING, "AwaitingApproval"))
    return WAITING


def _held(cluster: FakeCluster, kind: Kind) -> list[dict[str, Any]]:
    return [held for (found, _, _), held in cluster.objects.items() if found is kind]


def test_an_approval_shows_the_plan_and_names_its_hash(call: Call, cluster: FakeCluster, waiting: str) -> None:
    result = call("approve", waiting, said="y\n")
    assert result.exit_code == 0
    assert "Serve feeds from timelines." in result.stdout
    assert "Approve plan 52aa85328d8c8204?" in result.stderr
    (approval,) = _held(cluster, Kind.APPROVAL)
    assert approval["spec"] == {"execution": waiting, "planHash": "52aa85328d8c8204"}
    assert approval["metadata"]["ownerReferences"][0]["name"] == waiting


def test_an_approval_that_is_not_confirmed_is_not_given(call: Call, cluster: FakeCluster, waiting: str) -> None:
    result = call("approve", waiting, said="n\n")
    assert result.exit_code == 1
    assert _held(cluster, Kind.APPROVAL) == []


def test_only_what_waits_can_be_approved(call: Call, cluster: FakeCluster) -> None:
    result = call("approve", "demo-feedcachedown-1", "--yes")
    assert result.exit_code == 2
    assert "is Succeeded: only what is AwaitingApproval can be approved" in result.stderr
    assert _held(cluster, Kind.APPROVAL) == []


def test_an_approval_given_twice_is_refused_by_the_cluster(call: Call, waiting: str) -> None:
    call("approve", waiting, "--yes")
    result = call("approve", waiting, "--yes")
    assert result.exit_code == 2
    assert "already exists" in result.stderr


def _reasons(cluster: FakeCluster) -> list[str]:
    spec = cluster.objects[(Kind.PLATFORM, "photos", "demo")]["spec"]
    return [request["reason"] for request in spec.get("pauseRequests", [])]


def test_a_pause_adds_its_reason_to_those_of_others(call: Call, cluster: FakeCluster) -> None:
    call("pause", "--reason", "audit by Ann")
    result = call("pause", "--reason", "new disks")
    assert result.exit_code == 0
    assert _reasons(cluster) == ["audit by Ann", "new disks"]
    assert result.stdout == "demo is paused; the operator writes only its status:\n- audit by Ann\n- new disks\n"


def test_the_same_pause_twice_is_written_once(call: Call, cluster: FakeCluster) -> None:
    call("pause", "--reason", "audit by Ann")
    cluster.writes.clear()
    assert call("pause", "--reason", "audit by Ann").exit_code == 0
    assert cluster.writes == []


def test_one_reason_is_taken_back_and_the_others_stand(call: Call, cluster: FakeCluster) -> None:
    for reason in ("audit by Ann", "new disks"):
        call("pause", "--reason", reason)
    call("resume", "--reason", "audit by Ann")
    assert _reasons(cluster) == ["new disks"]
    assert call("resume").stdout == "✓ demo is not paused on request\n"
    assert _reasons(cluster) == []


def test_a_reason_that_does_not_stand_cannot_be_taken_back(call: Call, cluster: FakeCluster) -> None:
    call("pause", "--reason", "audit by Ann")
    result = call("resume", "--reason", "audit by Anne")
    assert result.exit_code == 2
    assert "did you mean audit by Ann?" in result.stderr
    assert _reasons(cluster) == ["audit by Ann"]


def test_a_pause_needs_a_reason(call: Call) -> None:
    assert call("pause").exit_code == 2


def test_a_pause_is_written_under_a_manager_of_its_own(call: Call, cluster: FakeCluster) -> None:
    call("pause", "--reason", "audit by Ann")
    assert cluster.writes == [Write("apply as photoplatform-operator-cli", Kind.PLATFORM, "demo")]


def test_a_drill_asks_and_creates_an_execution_of_a_person(call: Call, cluster: FakeCluster, built_ins: None) -> None:
    del built_ins
    result = call("drill", "FeedCacheDown", said="y\n")
    assert result.exit_code == 0
    assert "Run FeedCacheDown for photos/demo, mode Automatic?" in result.stderr
    name = "demo-feedcachedown-20261121100000"
    created = cluster.objects[(Kind.EXECUTION, "photos", name)]
    assert (created["spec"]["runbook"], created["spec"]["trigger"]["source"]) == ("FeedCacheDown", "Person")
    assert created["metadata"]["labels"]["app.kubernetes.io/instance"] == "demo"
    assert f"photoplatform -n photos explain runbook {name}" in result.stdout


def test_a_drill_that_is_not_confirmed_creates_nothing(call: Call, cluster: FakeCluster, built_ins: None) -> None:
    del built_ins
    assert call("drill", "FeedCacheDown", said="n\n").exit_code == 1
    assert cluster.writes == []


def test_a_drill_of_an_unknown_runbook_leads_to_the_known_one(call: Call, built_ins: None) -> None:
    del built_ins
    result = call("drill", "FeedCacheDwn")
    assert result.exit_code == 2
    assert "did you mean FeedCacheDown?" in result.stderr
