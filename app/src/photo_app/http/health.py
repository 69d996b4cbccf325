"""Probes of the kubelet, at the root. Neither asks an engine: a restart cures no engine."""

from typing import Annotated

from fastapi import APIRouter
from msgspec import Struct
from starlette.responses import Response

from photo_app.http.lifecycle import Lifecycle
from photo_app.http.openapi import success
from photo_app.http.responses import json_response
from photo_app.http.services import service_of

router = APIRouter(tags=["health"])


class Health(Struct, frozen=True):
    """The answer of both probes."""

    status: str


@router.get("/healthz", responses=success(Health))
async def healthz() -> Response:
    """Say that the event loop turns."""
    return json_response(Health("ok"))


@router.get("/readyz", responses=success(Health) | success(Health, 503))
async def readyz(lifecycle: Annotated[Lifecycle, service_of(Lifecycle)]) -> Response:
    """Say whether new requests should come here."""
    return json_response(Health("draining"), 503) if lifecycle.draining else json_response(Health("ready"))
