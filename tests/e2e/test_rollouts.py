"""A new version that does not come up is said and stops there, and what strangers add to children goes."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from hack.scenarios.api import Person, PhotoApi
from hack.scenarios.cluster import PHOTOS, Cluster, wait_for
from photo_core.clock import SystemClock
from photo_operator.times import rfc3339

READERS = 24
REPAIRED_WITHIN, SAID_WITHIN, BACK_WITHIN = 10, 60, 60  # seconds
# a worker that gets less memory than Python alone takes dies before it says a word
STARVED = {"resources": {"requests": {"memory": "8Mi"}, "limits": {"memory": "8Mi"}}}
AS_BEFORE = {"resources": None}


@pytest.fixture(autouse=True)
def settled(cluster: Cluster) -> Iterator[None]:
    wait_for("the platform to be healthy", lambda: cluster.is_healthy() and _is_up_to_date(cluster), 180)
    yield
    wait_for("the platform to be settled again", lambda: _is_up_to_date(cluster), 180)


def _is_up_to_date(cluster: Cluster) -> bool:
    return bool(cluster.condition("Progressing").get("reason") == "UpToDate")


def _uids(cluster: Cluster, component: str) -> set[str]:
    return {pod.uid for pod in cluster.component(component)}


def _said(cluster: Cluster, *words: str) -> str:
    """Return the sentence in which Degraded and Progressing say the words, or nothing yet."""
    found = [cluster.condition(kind) for kind in ("Progressing", "Degraded")]
    message: str = found[0].get("message", "")
    stuck = all(condition.get("reason") == "RolloutStuck" for condition in found)
    return message if stuck and all(word in message for word in words) else ""


async def _serves(api: PhotoApi) -> bool:
    return (await api.call("GET", "/healthz")).status_code == 200


async def test_an_image_that_is_not_there_is_said_and_the_former_version_serves(
    api: PhotoApi, cluster: Cluster
) -> None:
    before = {name: _uids(cluster, name) for name in ("api", "media-ingest", "purge")}
    tag = cluster.spec()["image"]["tag"]
    cluster.change({"spec": {"image": {"tag": "does-not-exist"}}})
    try:
        said = await asyncio.to_thread(
            wait_for, "the image's own reason", lambda: _said(cluster, "Image", "does-not-exist"), SAID_WITHIN
        )
        assert said.startswith("provision:")
        assert await _serves(api)
    finally:
        cluster.change({"spec": {"image": {"tag": tag}}})
    await asyncio.to_thread(wait_for, "the former resource", lambda: _is_up_to_date(cluster), BACK_WITHIN)
    assert {name: _uids(cluster, name) for name in before} == before, "nobody was replaced on the way"


async def test_a_worker_that_dies_stops_the_rollout_and_the_former_resource_goes_on(
    api: PhotoApi, cluster: Cluster
) -> None:
    before = {name: _uids(cluster, name) for name in ("api", "purge")}
    limit = cluster.spec()["api"]["rateLimits"]["requestsPerSecondPerAccount"]
    cluster.change(_versions(STARVED, limit + 1))
    try:
        await asyncio.to_thread(
            wait_for, "the worker's own reason", lambda: _said(cluster, "purge:", "waiting: api"), SAID_WITHIN
        )
        assert await _serves(api)
        assert _uids(cluster, "api") == before["api"], "who comes later waits"
        assert before["purge"] <= _uids(cluster, "purge"), "the former worker is at work"
    finally:
        cluster.change(_versions(AS_BEFORE, limit))
    await asyncio.to_thread(wait_for, "the former resource", lambda: _is_up_to_date(cluster), BACK_WITHIN)
    assert {name: _uids(cluster, name) for name in before} == before


def _versions(purge: dict[str, Any], limit: int) -> dict[str, Any]:
    return {"spec": {"workers": {"purge": purge}, "api": {"rateLimits": {"requestsPerSecondPerAccount": limit}}}}


def test_what_a_stranger_adds_is_taken_out(cluster: Cluster) -> None:
    container = {"name": "media-ingest", "env": [{"name": "SPY", "value": "1"}]}
    spy = {"name": "spy", "image": "localhost/spy:1"}
    pods = {"spec": {"template": {"spec": {"containers": [container, spy], "nodeSelector": {"disk": "fast"}}}}}
    cluster.apps.patch_namespaced_deployment("demo-media-ingest", PHOTOS, pods, field_manager="stranger")
    port = {"name": "spy", "port": 9999, "protocol": "TCP"}
    wider = {"spec": {"ports": [port], "selector": {"tier": "none"}}}
    cluster.core.patch_namespaced_service("demo-api", PHOTOS, wider, field_manager="stranger")

    def is_as_it_shall_be() -> bool:
        pod = cluster.apps.read_namespaced_deployment("demo-media-ingest", PHOTOS).spec.template.spec
        service = cluster.core.read_namespaced_service("demo-api", PHOTOS).spec
        (only, *others) = pod.containers
        return (
            not others
            and "SPY" not in {item.name for item in only.env}
            and not pod.node_selector
            and [item.port for item in service.ports] == [8000]
            and "tier" not in service.selector
        )

    wait_for("what was added to be gone", is_as_it_shall_be, REPAIRED_WITHIN)


def test_what_others_may_add_stays(cluster: Cluster) -> None:
    restarted = {"kubectl.kubernetes.io/restartedAt": rfc3339(SystemClock())}
    template = {"spec": {"template": {"metadata": {"annotations": restarted}}}}
    before = _uids(cluster, "media-ingest")
    cluster.apps.patch_namespaced_deployment("demo-media-ingest", PHOTOS, template, field_manager="kubectl-rollout")
    wait_for("new pods", lambda: not before & _uids(cluster, "media-ingest") and _is_up_to_date(cluster), BACK_WITHIN)
    kept = cluster.apps.read_namespaced_deployment("demo-media-ingest", PHOTOS).spec.template.metadata.annotations
    assert restarted.items() <= kept.items()


def test_a_number_that_somebody_sets_is_held_told_and_given_back(cluster: Cluster) -> None:
    def scale(replicas: int) -> None:
        body = {"spec": {"replicas": replicas}}
        cluster.apps.patch_namespaced_deployment_scale("demo-purge", PHOTOS, body, field_manager="stranger")

    scale(2)
    said = wait_for(
        "who set the number", lambda: _words(cluster, "ForeignScaler") if _available(cluster) == 2 else "", 60
    )
    assert "stranger" in said
    scale(0)
    wait_for("the operator's own number", lambda: _available(cluster) == 1 and not _words(cluster, "ForeignScaler"), 60)


def _available(cluster: Cluster) -> int:
    return cluster.apps.read_namespaced_deployment("demo-purge", PHOTOS).status.available_replicas or 0


def _words(cluster: Cluster, reason: str) -> str:
    found = cluster.condition("Degraded")
    message: str = found.get("message", "")
    return message if found.get("reason") == reason else ""


def test_the_api_follows_its_cpu(cluster: Cluster) -> None:
    def figure() -> int | None:
        seen = cluster.autoscalers.read_namespaced_horizontal_pod_autoscaler("demo-api", PHOTOS).status
        found = [metric.resource.current.average_utilization for metric in seen.current_metrics or ()]
        return found[0] if found else None

    assert wait_for("a figure of the CPU", lambda: (figure() or 0) + 1 if figure() is not None else None, 120) > 0
    owners = cluster.apps.read_namespaced_deployment("demo-api", PHOTOS).metadata.managed_fields
    applied = [entry.fields_v1 for entry in owners if entry.manager == "photoplatform-operator"]
    assert not [fields for fields in applied if "f:replicas" in fields.get("f:spec", {})]


@pytest.mark.drill
async def test_load_adds_a_pod_of_the_api(api: PhotoApi, cluster: Cluster) -> None:
    reader = await api.register("reader")
    began = len(cluster.component("api"))
    busy = [asyncio.create_task(_keep_reading(api, reader)) for _ in range(READERS)]
    try:
        more = await asyncio.to_thread(
            wait_for, "another pod", lambda: len([pod for pod in cluster.component("api") if pod.ready]) > began, 120
        )
    finally:
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
    assert more


async def _keep_reading(api: PhotoApi, reader: Person) -> None:
    while True:
        await api.call("GET", "/v1/feed", reader)
