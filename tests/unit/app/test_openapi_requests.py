"""The served API answers what the OpenAPI document allows, and what it forbids, as the document says."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from schemathesis import Case

from tests.conftest import OPENAPI
from tests.support.api import Api
from tests.support.openapi import document
from tests.support.openapi_requests import SCHEMA, KnownFault, Target, send
from tests.support.served_api import served_api

FOREIGN_CURSOR = "0" * 20
UPLOAD = "/v1/media/upload/init"
# each limit of each parameter is tried on the running platform (tests/e2e): here it would take 8 s of CPU
SCHEMA.config.phases.coverage.enabled = False


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with served_api() as served:
        yield served


@pytest.mark.search
@SCHEMA.parametrize()
@settings(settings.get_profile(OPENAPI))
def test_requests_made_from_the_document(case: Case[Any], target: Target) -> None:
    send(case, target)


@pytest.mark.xfail(strict=True, reason=KnownFault.ALLOW.value)
async def test_allow_names_every_method_of_a_path(api: Api) -> None:
    refused = await api.http.put("/v1/users/me")
    assert set(refused.headers["allow"].split(", ")) >= {"GET", "PATCH", "DELETE"}


@pytest.mark.xfail(strict=True, reason=KnownFault.CURSOR_BEFORE_TOKEN.value)
@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/v1/follow-requests", id="follow requests"),
        pytest.param("/v1/users/me/saved", id="saved posts"),
        pytest.param("/v1/posts/1/comments", id="comments"),
    ],
)
async def test_the_token_is_verified_before_the_cursor(api: Api, path: str) -> None:
    assert (await api.http.get(f"{path}?cursor={FOREIGN_CURSOR}")).status_code == 401


@pytest.mark.xfail(strict=True, reason=KnownFault.WHOLE_FLOATS.value)
async def test_a_whole_number_may_be_written_as_a_float(api: Api) -> None:
    ada = await api.person("ada")
    wanted = {"content_type": "image/jpeg", "size_bytes": 9.0}
    assert (await api.http.post(UPLOAD, json=wanted, headers=ada.headers)).status_code == 201


@pytest.mark.xfail(strict=True, reason=KnownFault.LARGEST_UPLOAD.value)
def test_the_document_tells_the_largest_photograph() -> None:
    assert "maximum" in document()["components"]["schemas"]["NewUpload"]["properties"]["size_bytes"]
