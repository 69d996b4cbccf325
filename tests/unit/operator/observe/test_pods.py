from typing import Any

import pytest

from photo_operator.observe.pods import PodReport, parse_report, pod_facts

PAGE = """# HELP feed_cache_failures_total Calls
# TYPE feed_cache_failures_total counter
feed_cache_failures_total 12.0
feed_cache_failures_created 1.7e+09
feed_cache_hits_total 7.0
feed_cache_breaker_open 1.0
feed_rebuilds_running 3.0
feed_rebuild_remaining 2500.0
http_requests_total{route="/feed",status="200"} 5.0
feed_requests_total{mode="push"} 8.0
feed_requests_total{mode="stale"} 2.0
feed_requests_total{mode="pull"} 1.0
worker_messages_total{group="fanout-workers",outcome="done"} 40.0
worker_messages_total{group="fanout-workers",outcome="retry"} 2.0
worker_busy_seconds_total{group="fanout-workers"} 1.5
worker_in_flight_messages{group="fanout-workers"} 3.0
"""


def test_only_what_the_operator_reads_is_parsed() -> None:
    assert parse_report(PAGE, "fanout") == PodReport(
        failures=12.0,
        hits=7.0,
        breaker_open=True,
        rebuilds_running=3.0,
        rebuild_remaining=2500.0,
        handled=42.0,
        busy_seconds=1.5,
        in_flight=3.0,
        stale_pages=2.0,
        current_pages=9.0,
        component="fanout",
    )


def test_a_pod_without_these_metrics_reports_nothing_bad() -> None:
    assert parse_report("python_info 1.0\n") == PodReport()


def _pod(**status: Any) -> dict[str, Any]:
    labels = {"app.kubernetes.io/component": "api"}
    return {"metadata": {"name": "p", "labels": labels}, "status": status}


@pytest.mark.parametrize(
    ("state", "trouble"),
    [
        ({"running": {}}, ""),
        ({"waiting": {"reason": "ContainerCreating"}}, ""),
        ({"waiting": {"reason": "ErrImageNeverPull", "message": "not present"}}, "ErrImageNeverPull: not present"),
        ({"terminated": {"reason": "Error", "exitCode": 1, "message": "no keyspace\n"}}, "Error: no keyspace"),
        ({"terminated": {"reason": "Completed", "exitCode": 0}}, ""),
    ],
)
def test_trouble_is_the_pods_own_reason(state: dict[str, Any], trouble: str) -> None:
    assert pod_facts(_pod(containerStatuses=[{"state": state}])).trouble == trouble


def test_a_process_that_dies_again_and_again_is_told_with_its_last_words() -> None:
    dead = {"reason": "Error", "exitCode": 1, "message": "Traceback\nno keyspace\n"}
    waiting = {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting"}
    status = {"state": {"waiting": waiting}, "lastState": {"terminated": dead}}
    assert pod_facts(_pod(containerStatuses=[status])).trouble == "CrashLoopBackOff: Error: Traceback\nno keyspace"


def test_of_a_long_log_the_last_whole_lines_are_told() -> None:
    dead = {"reason": "Error", "exitCode": 1, "message": "\n".join(f"line {number}" for number in range(1000))}
    told = pod_facts(_pod(containerStatuses=[{"state": {"terminated": dead}}])).trouble.splitlines()
    assert told[-1] == "line 999"
    assert told[0].startswith("Error: line ")
    assert len(told) < 100


def test_a_pod_on_its_way_out_has_no_address() -> None:
    leaving = _pod(phase="Running", podIP="10.0.0.1")
    assert pod_facts(leaving).address == "10.0.0.1"
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert pod_facts(leaving).address is None
