"""Probes of the kubelet, at the root. Neither asks an engine: a restart cures no engine."""

from typing import Annotated

from fastapi import APIRouter, Depends
from msgspec import Struct
from starlette.responses import Response

from photo_app.answers import answer
from photo_app.dependencies import Services, current_services

router = APIRouter(tags=["health"])


class Health(Struct, frozen=True):
    """The answer of both probes."""

    status: str


@router.get("/healthz")
async def healthz() -> Response:
    """Say that the event loop turns."""
    return answer(Health("ok"))


@router.get("/readyz")
async def readyz(services: Annotated[Services, Depends(current_services)]) -> Response:
    """Say whether new requests should come here."""
    return answer(Health("draining"), 503) if services.lifecycle.draining else answer(Health("ready"))
