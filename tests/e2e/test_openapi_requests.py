"""The running platform responds to what the OpenAPI document allows, and to what it forbids, as the document says."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import settings
from schemathesis import Case

from hack.scenarios.api import PhotoApi
from tests.conftest import OPENAPI_LIVE
from tests.support.openapi import document
from tests.support.openapi_requests import SCHEMA, Target, send
from tests.support.photographs import photograph

API_URL = Path(__file__).resolve().parents[2] / ".local/api-url"
READY_SECONDS = 30


async def _target(url: str) -> Target:
    """Return the platform with somebody who has a photograph, and somebody else's post."""
    api = PhotoApi(url)
    try:
        await api.reachable(READY_SECONDS)
        ada, bob = await api.register("ada"), await api.register("bob")
        post = await api.post(bob, await api.ready_media(bob, photograph()), "for requests from the document")
        media_id = await api.ready_media(ada, photograph())
    finally:
        await api.close()
    known = {"user_id": bob.user_id, "post_id": post["post_id"], "media_id": media_id}
    return Target(url, ada.headers["Authorization"], lambda: asyncio.run(_another_session(url)), known)


async def _another_session(url: str) -> str:
    api = PhotoApi(url)
    try:
        return (await api.register("gone")).headers["Authorization"]
    finally:
        await api.close()


@pytest.fixture(scope="module")
def target() -> Target:
    return asyncio.run(_target(API_URL.read_text().strip()))


def test_the_platform_serves_the_document_of_this_tree(target: Target) -> None:
    assert httpx.get(f"{target.url}/v1/openapi.json").json() == document()


@pytest.mark.search
@SCHEMA.parametrize()
@settings(settings.get_profile(OPENAPI_LIVE))
def test_requests_made_from_the_document(case: Case[Any], target: Target) -> None:
    send(case, target)
