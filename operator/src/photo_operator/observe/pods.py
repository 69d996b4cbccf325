"""The pods of a platform, and what they report on their metrics port.

`observer` reads the pods themselves. `PodsWatch` scrapes them in the background, so that a slow pod never delays a
pass, and hands the reports to those who remember them: `feed_cache`, `pod_counts` and `scaling.reports`.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import httpx2
from msgspec import Struct

from photo_core.domain.runtime_policy import FeedMode
from photo_core.errors import Engine
from photo_core.settings import METRICS_PORT
from photo_operator.components.catalog import Component
from photo_operator.crds.metadata import COMPONENT
from photo_operator.crds.platform import Manifest
from photo_operator.loops import repeat

SCRAPE_SECONDS = 2.0
TIMEOUT_SECONDS = 1.0
LOG_END = 600  # characters of the end of a container's log that a status shows


class PodReport(Struct, frozen=True):
    """The metrics that the operator reads from one pod."""

    failures: float = 0.0  # feed_cache_failures_total
    hits: float = 0.0  # feed_cache_hits_total
    breaker_open: bool = False  # feed_cache_breaker_open
    rebuilds_running: float = 0.0  # feed_rebuilds_running
    rebuild_remaining: float = 0.0  # feed_rebuild_remaining, of the whole platform
    database_failures: float = 0.0  # engine_failures_total of Cassandra
    database_breaker_open: bool = False  # engine_breaker_open of Cassandra
    database_reads: tuple[float, ...] = ()  # database_read_seconds_bucket, by LATENCY_BUCKETS and beyond
    object_store_failures: float = 0.0  # engine_failures_total of the object store
    planned: float = 0.0  # fanout_planned_last_minute
    planned_of_one: float = 0.0  # fanout_planned_last_minute_of_one
    media_stuck: float = 0.0  # media_stuck, of the whole platform
    handled: float = 0.0  # worker_messages_total, of all outcomes
    busy_seconds: float | None = None  # worker_busy_seconds_total; None of a version that does not count it
    in_flight: float = 0.0  # worker_in_flight_messages
    announced: float = 0.0  # media_announced_total
    announced_bytes: float = 0.0  # media_announced_bytes_total
    encoded: float = 0.0  # media_encoded_total
    encoded_bytes: float = 0.0  # media_encoded_bytes_total
    stale_pages: float = 0.0  # feed_requests_total of the mode stale
    current_pages: float = 0.0  # feed_requests_total of all other modes
    component: str = ""  # of the pod's label


class PodFacts(Struct, frozen=True):
    """What the operator reads of one pod."""

    name: str
    component: str
    address: str | None
    host: str | None
    ready: bool
    trouble: str = ""


def pod_facts(manifest: Manifest) -> PodFacts:
    """Return what the operator reads of a pod."""
    status = manifest.get("status", {})
    conditions = {found["type"]: found["status"] for found in status.get("conditions", ())}
    running = status.get("phase") == "Running" and "deletionTimestamp" not in manifest["metadata"]
    return PodFacts(
        name=manifest["metadata"]["name"],
        component=manifest["metadata"].get("labels", {}).get(COMPONENT, ""),
        address=status.get("podIP") if running else None,
        host=status.get("hostIP"),
        ready=conditions.get("Ready") == "True",
        trouble=_trouble(manifest),
    )


def _trouble(manifest: Manifest) -> str:
    """Return the pod's own reason for not running, or an empty text."""
    for container in manifest.get("status", {}).get("containerStatuses", ()):
        state = container.get("state", {})
        ended = (state.get("terminated"), container.get("lastState", {}).get("terminated"))
        waiting = _sentence(state.get("waiting") or {})
        last = next((text for stated in ended if stated and (text := _sentence(stated))), "")
        if waiting and last:
            return f"{state['waiting']['reason']}: {last}"
        if waiting or last:
            return waiting or last
    for condition in manifest.get("status", {}).get("conditions", ()):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return f"{condition.get('reason')}: {condition.get('message', '')[:300]}"
    return ""


_CALM = frozenset({None, "ContainerCreating", "PodInitializing", "Completed"})


def _sentence(stated: Manifest) -> str:
    """Return a container's reason and message; of an ended one the end of its log, where the error stands."""
    if stated.get("reason") in _CALM:
        return ""
    message = (stated.get("message") or "").strip()
    return f"{stated['reason']}: {_end(message) if 'exitCode' in stated else message[:300]}".rstrip(": ")


def _end(log: str) -> str:
    """Return the last lines of a log, whole ones where there are several."""
    end = log[-LOG_END:]
    return end if len(end) == len(log) else end.partition("\n")[2] or end


def trouble_of(pods: Iterable[PodFacts], component: str) -> str:
    """Return the first trouble of a component's pods, or an empty text."""
    return next((pod.trouble for pod in pods if pod.component == component and pod.trouble), "")


_READ = {
    "feed_cache_failures_total": "failures",
    "feed_cache_hits_total": "hits",
    "feed_cache_breaker_open": "breaker_open",
    "feed_rebuilds_running": "rebuilds_running",
    "feed_rebuild_remaining": "rebuild_remaining",
    f'engine_failures_total{{engine="{Engine.CASSANDRA}"}}': "database_failures",
    f'engine_breaker_open{{engine="{Engine.CASSANDRA}"}}': "database_breaker_open",
    f'engine_failures_total{{engine="{Engine.OBJECT_STORAGE}"}}': "object_store_failures",
    "fanout_planned_last_minute": "planned",
    "fanout_planned_last_minute_of_one": "planned_of_one",
    "media_stuck": "media_stuck",
    "media_announced_total": "announced",
    "media_announced_bytes_total": "announced_bytes",
    "media_encoded_total": "encoded",
    "media_encoded_bytes_total": "encoded_bytes",
    f'feed_requests_total{{mode="{FeedMode.STALE}"}}': "stale_pages",
}
# summed over all labels that are not read by themselves; a worker's pod is a member of one consumer group
_SUMMED = {
    "feed_requests_total{": "current_pages",
    "worker_messages_total{": "handled",
    "worker_busy_seconds_total{": "busy_seconds",
    "worker_in_flight_messages{": "in_flight",
}
_FLAGS = frozenset({"breaker_open", "database_breaker_open"})
_READS = "database_read_seconds_bucket{"  # its lines stand in the order of the buckets


def parse_report(text: str, component: str = "") -> PodReport:
    """Return the few metrics that the operator reads from a Prometheus page."""
    values: dict[str, Any] = {}
    reads: list[float] = []
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name in _READ:
            field = _READ[name]
            values[field] = float(value) > 0 if field in _FLAGS else float(value)
        elif (summed := _SUMMED.get(name.partition("{")[0] + "{")) is not None:
            values[summed] = values.get(summed, 0.0) + float(value)
        elif name.startswith(_READS):
            reads.append(float(value))
    return PodReport(component=component, database_reads=tuple(reads), **values)


async def scrape(client: httpx2.AsyncClient, pods: Iterable[PodFacts]) -> dict[str, PodReport]:
    """Return the reports of the pods that answer, by pod name; the Job that prepares the engines serves no metrics."""
    asked = [pod for pod in pods if pod.address and pod.component != Component.PROVISION]
    answers = await asyncio.gather(*(_scrape_pod(client, pod) for pod in asked))
    return {pod.name: report for pod, report in zip(asked, answers, strict=True) if report is not None}


async def _scrape_pod(client: httpx2.AsyncClient, pod: PodFacts) -> PodReport | None:
    try:
        answer = await client.get(f"http://{pod.address}:{METRICS_PORT}/metrics", timeout=TIMEOUT_SECONDS)
    except httpx2.HTTPError:
        return None
    return parse_report(answer.text, pod.component) if answer.status_code == 200 else None


def increase(before: float, now: float) -> float:
    """Return how much a counter rose between two reports; one that fell was reset by a restart."""
    return now - before if now >= before else now


class PodsWatch:
    """Scrapes the pods of one platform in the background; run by `process.platforms`."""

    def __init__(self, client: httpx2.AsyncClient, *receivers: Callable[[dict[str, PodReport]], None]) -> None:
        self._client = client
        self._receivers = receivers
        self._pods: tuple[PodFacts, ...] = ()

    def follow(self, pods: tuple[PodFacts, ...]) -> None:
        """Scrape these pods from now on."""
        self._pods = pods

    async def run(self) -> None:
        """Scrape until the task is cancelled."""
        await repeat(self.once, SCRAPE_SECONDS)

    async def once(self) -> None:
        """Scrape every pod once, and hand the reports on."""
        reports = await scrape(self._client, self._pods)
        for receive in self._receivers:
            receive(reports)
