"""Builds the ASGI application: middleware, routes and error mapping around `Services`. Opens no connection."""

from typing import Any

from fastapi import FastAPI

from photo_app.composition.services import Services
from photo_app.feed.fast_lane import FeedLane
from photo_app.http import error_mapping
from photo_app.http.body_limit import BodyLimit
from photo_app.http.load_shedding import LoadShedding
from photo_app.http.openapi import DocumentedApi
from photo_app.http.request_context import RequestContext
from photo_app.routes import ROOT_ROUTERS, V1_ROUTERS
from photo_core.version import __version__


def create_app(services: Services) -> FastAPI:
    """Return the ASGI application; tests hand in services over fakes."""
    app = _routed_app()
    app.state.services = services.registry
    error_mapping.install(app)
    app.add_middleware(FeedLane, admission=services.admission, feed=services.feed.service, cursors=services.cursors)
    app.add_middleware(BodyLimit)
    app.add_middleware(LoadShedding, policy=services.policy)
    app.add_middleware(RequestContext, clock=services.clock, lifecycle=services.lifecycle)  # the last is outermost
    return app


def build_openapi() -> dict[str, Any]:
    """Return the OpenAPI document, for `make generate`."""
    return _routed_app().openapi()


def _routed_app() -> FastAPI:
    app = DocumentedApi(
        title="PhotoPlatform",
        version=__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.router.redirect_slashes = False
    for router in ROOT_ROUTERS:
        app.include_router(router)
    for router in V1_ROUTERS:
        app.include_router(router, prefix="/v1")
    return app
