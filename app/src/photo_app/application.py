"""Puts the API together: layers, routes and error mapping around `Services`. Opens no connection."""

from typing import Any

from fastapi import FastAPI

from photo_app import error_mapping
from photo_app.body_limit import BodyLimit
from photo_app.dependencies import Services
from photo_app.feed.fast_lane import FeedLane
from photo_app.request_context import RequestContext
from photo_app.routes import ROOT_ROUTERS, V1_ROUTERS
from photo_app.shedding import Shedding
from photo_core.version import __version__


def create_app(services: Services) -> FastAPI:
    """Return the ASGI application; tests hand in services over fakes."""
    app = _routed_app()
    app.state.services = services
    error_mapping.install(app)
    app.add_middleware(FeedLane, services=services)
    app.add_middleware(BodyLimit)
    app.add_middleware(Shedding, policy=services.policy)
    app.add_middleware(RequestContext, clock=services.clock, lifecycle=services.lifecycle)  # the last is outermost
    return app


def build_openapi() -> dict[str, Any]:
    """Return the OpenAPI document, for `make generate`."""
    return _routed_app().openapi()


def _routed_app() -> FastAPI:
    app = FastAPI(
        title="PhotoPlatform", version=__version__, openapi_url="/v1/openapi.json", docs_url=None, redoc_url=None
    )
    app.router.redirect_slashes = False
    for router in ROOT_ROUTERS:
        app.include_router(router)
    for router in V1_ROUTERS:
        app.include_router(router, prefix="/v1")
    return app
