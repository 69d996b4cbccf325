import asyncio
from typing import Any

import httpx2
import pytest
from lightkube import AsyncClient
from lightkube.config.kubeconfig import KubeConfig
from lightkube.config.models import Cluster, User

from photo_operator.cluster.answers import retry_after
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.kube import KubeCluster
from photo_operator.cluster.port import ClusterRefused, ClusterUnavailable, LeadershipLost
from photo_operator.crds.platform import Metadata

DEMO = Metadata("demo", "photos", "uid", resource_version="7")


def _client(answer: Any) -> AsyncClient:
    config = KubeConfig.from_one(cluster=Cluster("http://api"), user=User(token="t")).get()
    return AsyncClient(config=config, transport=httpx2.MockTransport(answer))


def _cluster(answer: Any, left: float = 10.0) -> KubeCluster:
    return KubeCluster(_client(answer), lambda: left)


def _status(code: int, reason: str) -> httpx2.Response:
    body = {"kind": "Status", "code": code, "reason": reason, "message": "said"}
    return httpx2.Response(code, json=body, headers={"Content-Type": "application/json"})


async def test_too_many_requests_is_no_refusal_but_a_wish_to_wait() -> None:
    busy = httpx2.Response(429, text="Too many requests", headers={"Content-Type": "text/plain", "Retry-After": "7"})
    with pytest.raises(ClusterUnavailable) as waited:
        await _cluster(lambda _: busy).list(Kind.POD, "photos")
    assert waited.value.retry_after == 7


@pytest.mark.parametrize("code", [500, 503])
async def test_an_error_of_the_server_is_tried_again_later(code: int) -> None:
    with pytest.raises(ClusterUnavailable):
        await _cluster(lambda _: _status(code, "InternalError")).list(Kind.POD, "photos")


async def test_an_error_of_which_nothing_is_said_is_tried_again_later() -> None:
    with pytest.raises(ClusterUnavailable):
        await _cluster(lambda _: httpx2.Response(502)).list(Kind.POD, "photos")


async def test_a_conflict_is_a_refusal_with_the_servers_reason() -> None:
    with pytest.raises(ClusterRefused) as refused:
        await _cluster(lambda _: _status(409, "Conflict")).patch_status(Kind.PLATFORM, DEMO, {})
    assert refused.value.reason == "Conflict"


async def test_what_is_not_there_is_none() -> None:
    assert await _cluster(lambda _: _status(404, "NotFound")).get(Kind.SECRET, "photos", "keys") is None


async def test_a_status_is_written_to_the_version_that_was_read() -> None:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, json={"metadata": {}})

    await _cluster(answer).patch_status(Kind.PLATFORM, DEMO, {"feedMode": "Push"})
    assert asked[0].url.path.endswith("/photoplatforms/demo/status")
    assert b'"resourceVersion":"7"' in asked[0].content.replace(b" ", b"")


async def test_a_write_ends_before_leadership_may() -> None:
    async def silent(_: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError("nobody answers")

    async with asyncio.timeout(5):
        with pytest.raises(ClusterUnavailable):
            await _cluster(silent, left=0.1).patch_status(Kind.PLATFORM, DEMO, {})


async def test_who_does_not_lead_asks_nothing() -> None:
    def deposed() -> float:
        raise LeadershipLost("another leads")

    def asked(_: httpx2.Request) -> httpx2.Response:
        raise AssertionError("a deposed leader wrote")

    cluster = KubeCluster(_client(asked), deposed)
    with pytest.raises(LeadershipLost):
        await cluster.patch_status(Kind.PLATFORM, DEMO, {})
    with pytest.raises(LeadershipLost):
        await cluster.delete(Kind.SERVICE, "photos", "demo-api")


@pytest.mark.parametrize(("header", "seconds"), [(None, 0), ("3", 3), ("9999", 30), ("Wed, 21 Oct", 0), ("-1", 0)])
def test_a_wish_to_wait_is_bounded(header: str | None, seconds: float) -> None:
    assert retry_after(header) == seconds
