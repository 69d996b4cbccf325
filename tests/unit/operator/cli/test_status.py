"""One screen: the verdict, what it rests on, and an exit code for scripts."""

import json
from typing import Any

import pytest

from photo_operator.cluster.fake import FakeCluster
from photo_operator.cluster.kinds import LEASE_NAME, Kind
from tests.unit.operator.cli.conftest import Call, condition, execution

WELL = """\
photos/demo  ✓ healthy  users can post and read

API       http://10.0.0.1:30080
Feeds     Push, degraded level 0, spec Auto
Operator  ✓ operator-1 leads, renewed 2s ago
Runbooks  Automatic; the last was FeedCacheDown, Succeeded, 2m0s ago

Conditions
                    STATUS  SINCE  REASON        MESSAGE
✓ Ready             True    1h0m   Serving       users can post and read
✓ EnginesReachable  True    1h0m   AllReachable  every engine answers
✓ Progressing       False   1h0m   UpToDate      all resources match the desired state
✓ Degraded          False   1h0m   AsExpected
✓ Paused            False   1h0m   NotPaused
✓ Remediating       False   1h0m   Idle

Workers
             PODS  LAG   DRAIN  LIMITED BY  WHY
fanout       2/4   1200  42s    Max         20/s arrive and 1200 wait: up to 4
imageEncode  1/1   3     6s     Measuring   lag 3; what one worker does is not measured yet: held at 1
purge        1/1

Events
AGO    REASON           MESSAGE
1m40s  FeedModeChanged  feeds: Rebuilding -> Push
"""


def test_a_platform_that_is_well_says_so_on_one_screen(call: Call) -> None:
    result = call("status")
    assert (result.exit_code, result.stdout) == (0, WELL)


def _platform(cluster: FakeCluster) -> dict[str, Any]:
    return cluster.objects[(Kind.PLATFORM, "photos", "demo")]


def _turn(cluster: FakeCluster, kind: str, *said: str) -> None:
    conditions = _platform(cluster)["status"]["conditions"]
    conditions[:] = [found for found in conditions if found["type"] != kind]
    conditions.append(condition(kind, *said))


def _first_line(result: Any) -> str:
    return str(result.stdout).partition("\n")[0]


@pytest.mark.parametrize(
    "turned",
    [
        ("Ready", "False", "ApiUnavailable", "api: ErrImagePull: no such image"),
        ("EnginesReachable", "False", "Unreachable", "kafka: Unreachable: refused; look at the broker"),
        ("Degraded", "True", "WorkerUnavailable", "purge: no available pod"),
    ],
)
def test_what_is_wrong_is_the_first_line_and_the_exit_code(
    call: Call, cluster: FakeCluster, turned: tuple[str, str, str, str]
) -> None:
    _turn(cluster, *turned)
    kind, status, reason, message = turned
    result = call("status")
    assert result.exit_code == 1
    assert _first_line(result) == f"photos/demo  ✗ NOT HEALTHY  {kind} is {status} ({reason}): {message}"


def test_a_pause_is_told_and_is_no_illness(call: Call, cluster: FakeCluster) -> None:
    _platform(cluster)["spec"]["pauseRequests"] = [{"reason": "audit by Ann"}]
    _turn(cluster, "Paused", "True", "Requested", "audit by Ann")
    result = call("status")
    assert result.exit_code == 0
    assert "Paused is True (Requested): audit by Ann" in _first_line(result)
    assert "Paused    • audit by Ann" in result.stdout


def test_an_open_window_is_told_with_its_end(call: Call, cluster: FakeCluster) -> None:
    window = {"schedule": "30 9 * * *", "durationMinutes": 60, "reason": "new disks"}
    _platform(cluster)["spec"]["maintenanceWindows"] = [window]
    assert "Maintenance  • until 2026-11-21T10:30:00Z: new disks" in call("status").stdout


def test_an_execution_under_way_is_told_with_what_to_do(call: Call, cluster: FakeCluster) -> None:
    cluster.put(Kind.EXECUTION, execution("demo-feedcachedown-2", "AwaitingApproval"))
    result = call("status")
    assert result.exit_code == 1
    assert "FeedCacheDown is AwaitingApproval: feeds are pulled" in _first_line(result)
    assert "photoplatform -n photos approve demo-feedcachedown-2" in result.stdout


@pytest.mark.parametrize(
    "spec",
    [
        {"holderIdentity": "", "renewTime": "2026-11-21T09:59:00Z"},
        {"holderIdentity": "a_b", "renewTime": "2026-11-21T09:50:00Z"},
    ],
)
def test_a_status_that_nobody_keeps_true_is_not_believed(
    call: Call, cluster: FakeCluster, spec: dict[str, str]
) -> None:
    cluster.objects[(Kind.LEASE, "photoplatform-system", LEASE_NAME)]["spec"] = spec
    result = call("status")
    assert result.exit_code == 1
    assert "no operator has led for" in _first_line(result)


def test_without_the_right_to_read_the_lease_the_status_is_believed(call: Call, cluster: FakeCluster) -> None:
    cluster.remove(Kind.LEASE, "photoplatform-system", LEASE_NAME)
    result = call("status")
    assert result.exit_code == 0
    assert "Operator  • its Lease cannot be read" in result.stdout


def test_a_spec_that_the_operator_has_not_seen_is_not_called_healthy(call: Call, cluster: FakeCluster) -> None:
    _platform(cluster)["metadata"]["generation"] += 1
    assert "has not observed the last change of the spec" in _first_line(call("status"))


def test_a_platform_that_the_operator_does_not_watch_is_not_called_healthy(call: Call, cluster: FakeCluster) -> None:
    _platform(cluster)["status"] = {}
    result = call("status")
    assert result.exit_code == 1
    assert "has not reconciled it yet" in _first_line(result)


def test_json_says_the_same_in_fields(call: Call) -> None:
    answer = json.loads(call("status", "-o", "json").stdout)
    assert (answer["healthy"], answer["platform"], answer["feed"]["mode"]) == (True, "demo", "Push")
    assert answer["workers"][0]["drainSeconds"] == 42
    assert {found["type"]: found["asWanted"] for found in answer["conditions"]}["Degraded"] is True
