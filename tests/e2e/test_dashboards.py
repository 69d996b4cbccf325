"""Dashboards and rules against the Prometheus that watches this platform: nothing is asked that nobody answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from alerts.rules import read_rules
from hack.scenarios.api import PhotoApi
from hack.scenarios.cluster import SYSTEM, Cluster, wait_for
from hack.scenarios.redis_loss import Participants
from tests.support.boards import Asked, boards, queries

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS_PORT = 30990
# two scrapes, and an evaluation of every rule: the slowest group comes once a minute
SEEN_SECONDS = 90


@pytest.fixture
def prometheus() -> Iterator[httpx.Client]:
    host = urlsplit((ROOT / ".local/api-url").read_text().strip()).hostname
    with httpx.Client(base_url=f"http://{host}:{PROMETHEUS_PORT}/api/v1", timeout=20) as client:
        yield client


def series_of(prometheus: httpx.Client, asked: Asked) -> list[Any]:
    answer = prometheus.get("/query", params={"query": asked.expr}).raise_for_status().json()
    return list(answer["data"]["result"])


async def test_every_query_of_every_panel_returns_data(
    api: PhotoApi, people: Participants, prometheus: httpx.Client
) -> None:
    post = await api.post(people.author, people.media_id, "to be counted")
    await api.expect("POST", f"/v1/posts/{post['post_id']}/like", people.viewers[0])
    await api.feed_page(people.viewers[0])
    waiting = list(queries())
    assert len(waiting) > 50

    def all_answered() -> bool:
        waiting[:] = [asked for asked in waiting if not series_of(prometheus, asked)]
        return not waiting

    try:
        wait_for("every query to return data", all_answered, SEEN_SECONDS, every=2)
    finally:
        assert [(asked.board, asked.panel, asked.expr) for asked in waiting] == []


def test_prometheus_evaluates_every_rule_without_an_error(prometheus: httpx.Client) -> None:
    def evaluated() -> list[dict[str, Any]]:
        groups = prometheus.get("/rules").raise_for_status().json()["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        return [] if any(rule["health"] == "unknown" for rule in rules) else rules

    rules = wait_for("every rule to be evaluated", evaluated, SEEN_SECONDS, every=2)
    assert [(rule["name"], rule["lastError"]) for rule in rules if rule["health"] != "ok"] == []
    assert sorted(rule["name"] for rule in rules) == sorted(rule.alert or rule.record for rule in read_rules())


def test_grafanas_sidecar_finds_every_dashboard(cluster: Cluster) -> None:
    found = cluster.core.list_namespaced_config_map(SYSTEM, label_selector="grafana_dashboard=1").items
    assert {key for item in found for key in item.data} == {f"photoplatform-{name}.json" for name in boards()}
