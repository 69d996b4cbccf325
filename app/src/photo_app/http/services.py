"""How an endpoint gets the services that it uses: by their types, from those that `photo_app.composition` has built.

A noun names each of its services once, as `Likes = Annotated[LikeService, service_of(LikeService)]`.
"""

from typing import Any, TypeVar

from fastapi import Depends, Request

Service = TypeVar("Service")


class ServiceRegistry:
    """The services of one application, one of each type."""

    def __init__(self, *services: object) -> None:
        self._by_type = {type(service): service for service in services}

    def __getitem__(self, kind: type[Service]) -> Service:
        """Return the service of a type."""
        service = self._by_type[kind]
        assert isinstance(service, kind)  # noqa: S101 - narrows the type; the key is the type
        return service


def service_of(kind: type[Service]) -> Any:
    """Return the dependency on the service of a type."""

    async def current(request: Request) -> Service:
        # a coroutine, since the framework runs plain functions on threads
        registry: ServiceRegistry = request.app.state.services
        return registry[kind]

    return Depends(current)
