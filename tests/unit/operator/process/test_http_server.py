"""The server over a real socket."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from prometheus_client import REGISTRY

from photo_operator.engines import tls
from photo_operator.process.http_server import Routes, alive, build_application, listen, metrics, text

ROUTES: Routes = {"/metrics": metrics, "/healthz": alive, "/readyz": lambda: text(b"not yet\n", 503)}


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    runner = await listen(build_application(ROUTES), 0)
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with httpx2.AsyncClient(base_url=address, verify=tls.unused(), trust_env=False) as client:
        yield client
    await runner.cleanup()


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        pytest.param("/healthz", 200, "the event loop turns\n", id="a route"),
        pytest.param("/healthz?verbose", 200, "the event loop turns\n", id="a query is ignored"),
        pytest.param("/readyz", 503, "not yet\n", id="a route that is not well"),
        pytest.param("/other", 404, "not found\n", id="no route"),
        pytest.param("/", 404, "not found\n", id="no path"),
    ],
)
async def test_a_path_is_answered_by_its_route(http: httpx2.AsyncClient, path: str, status: int, body: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.text) == (status, body)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


async def test_metrics_are_served_in_the_format_of_prometheus(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    names = {metric.name for metric in REGISTRY.collect() if metric.samples}
    assert names
    assert all(f"# TYPE {name}" in answer.text for name in names)
