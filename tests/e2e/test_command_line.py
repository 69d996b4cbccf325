"""`photoplatform` on the platform that is up: what it says is so, and what it does is obeyed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hack.scenarios.cluster import PHOTOS, Cluster, wait_for

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).parent / "kubectl-photoplatform"
SECONDS = 30


def _say(*words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"KUBECONFIG": str(ROOT / ".local/kubeconfig")}  # noqa: TID251 - for a child process
    return subprocess.run(
        [COMMAND, "-n", PHOTOS, *words], env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
    )


def _ask(*words: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(_say(*words, "-o", "json").stdout)
    return answer


@pytest.mark.usefixtures("people")
def test_a_platform_that_is_well_is_called_so_by_words_fields_and_exit_code() -> None:
    answer = wait_for("photoplatform to call it healthy", lambda: a if (a := _ask("status"))["healthy"] else None, 60)
    assert answer["operator"]["alive"]
    assert {worker["name"] for worker in answer["workers"]} >= {"fanout", "imageEncode", "purge"}
    said = _say("status")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith(f"{PHOTOS}/demo  ✓ healthy  ")


def test_the_runbooks_of_the_operator_are_listed_and_all_can_be_read() -> None:
    answer = _ask("runbooks", "list")
    folders = {path.parent.name for path in (ROOT / "runbooks").glob("*/runbook.yaml")}
    assert {runbook["alert"] for runbook in answer["runbooks"]} == folders
    assert answer["malformed"] == {}


def test_a_pause_is_obeyed_until_it_is_taken_back(cluster: Cluster) -> None:
    reason = "the end-to-end tests"
    assert _say("pause", "--reason", reason).returncode == 0
    try:
        paused = wait_for(
            "the pause", lambda: c if (c := cluster.condition("Paused")).get("status") == "True" else None, 20
        )
        assert (paused["reason"], reason in paused["message"]) == ("Requested", True)
        cluster.core.delete_namespaced_service("demo-api", PHOTOS)
        wait_for(
            "the missing child to be told", lambda: cluster.condition("Progressing").get("reason") == "Applying", 20
        )
        assert cluster.core.list_namespaced_service(PHOTOS, field_selector="metadata.name=demo-api").items == []
    finally:
        assert _say("resume", "--reason", reason).returncode == 0
    wait_for("the end of the pause", lambda: cluster.condition("Paused").get("status") == "False", 20)
    wait_for(
        "the child to be restored",
        lambda: cluster.core.list_namespaced_service(PHOTOS, field_selector="metadata.name=demo-api").items,
        20,
    )


def test_an_open_window_is_told_and_closes_with_the_spec(cluster: Cluster) -> None:
    window = {"schedule": "* * * * *", "durationMinutes": 60, "reason": "the end-to-end tests"}
    cluster.change({"spec": {"maintenanceWindows": [window]}})
    try:
        told = wait_for(
            "the window", lambda: c if (c := cluster.condition("Paused")).get("status") == "True" else None, 20
        )
        assert told["reason"] == "MaintenanceWindow"
        assert _ask("status")["maintenanceReason"] == "the end-to-end tests"
    finally:
        cluster.change({"spec": {"maintenanceWindows": []}})
    wait_for("the window to close", lambda: cluster.condition("Paused").get("status") == "False", 20)


def test_a_wrong_name_and_a_cluster_that_is_not_there_have_codes_of_their_own(tmp_path: Path) -> None:
    assert _say("status", "dmeo").returncode == 2
    nowhere = _say("--kubeconfig", str(tmp_path / "nowhere"), "status")
    assert nowhere.returncode == 3
    assert "there is no kubeconfig at" in nowhere.stderr
