"""The document describes every response; that served responses fit it is checked at each request of `running_api`."""

import json
import re

import httpx
import msgspec
import pytest

from photo_app.http.problems import MEDIA_TYPE, ProblemType
from photo_app.posts.schemas import PostPage, PostView
from tests.support.api import Api
from tests.support.openapi import Json, document, operations, undocumented

OPERATIONS = [pytest.param(operation, id=f"{method} {path}") for method, path, operation in operations()]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_success_has_a_schema(operation: Json) -> None:
    successes = {status: said for status, said in operation["responses"].items() if status.startswith("2")}
    assert successes
    for status, said in successes.items():
        bodies = said.get("content", {})
        assert (status == "204") != ("application/json" in bodies)
        assert all("$ref" in body["schema"] for body in bodies.values())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_failure_is_a_problem_of_the_closed_list(operation: Json) -> None:
    failures = {status: said for status, said in operation["responses"].items() if status[0] in "45"}
    assert "500" in failures
    uris = {(kind.uri, str(kind.status)) for kind in ProblemType}
    for status, said in failures.items():
        for media_type, body in said["content"].items():
            if media_type == MEDIA_TYPE:
                assert {(uri, status) for uri in body["schema"]["properties"]["type"]["enum"]} <= uris


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)


def test_every_reference_leads_to_a_schema_and_every_schema_is_referred_to() -> None:
    referred = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(document())))
    assert referred == set(document()["components"]["schemas"])


async def test_the_document_is_served_as_it_is_committed(api: Api) -> None:
    assert (await api.http.get("/v1/openapi.json")).json() == document()


async def test_posts_are_sent_as_their_structs_are_encoded(api: Api) -> None:
    ada = await api.person("ada")
    await api.post_of(ada, "first")
    one = await api.post_of(ada, "second")
    read = await api.http.get(f"/v1/posts/{one['post_id']}", headers=ada.headers)
    assert msgspec.json.encode(msgspec.json.decode(read.content, type=PostView)) == read.content
    for path in ("/v1/feed", "/v1/users/me/posts?limit=1"):
        page = await api.http.get(path, headers=ada.headers)
        assert msgspec.json.encode(msgspec.json.decode(page.content, type=PostPage)) == page.content


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(418, "{}", id="a status"),
        pytest.param(200, '{"status": 1}', id="a type"),
        pytest.param(200, '{"status": "ok", "more": 1}', id="a member"),
        pytest.param(200, "", id="no body"),
    ],
)
def test_a_response_that_the_document_lacks_is_found(status: int, body: str) -> None:
    request = httpx.Request("GET", "http://api/healthz")
    headers = {"content-type": "application/json"}
    assert undocumented(httpx.Response(status, content=body, headers=headers, request=request)) is not None
