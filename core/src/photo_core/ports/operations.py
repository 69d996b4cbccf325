"""Operations and their surfaces; Cassandra is the truth. `Posts.delete` begins one together with the deletion."""

from typing import Protocol

from photo_core.domain.operations import Operation, Surface, SurfaceEnd


class Operations(Protocol):
    """Operations by id."""

    async def get(self, operation_id: int) -> Operation | None:
        """Return an operation with the surfaces that have ended."""
        ...

    async def begin(self, operation: Operation) -> None:
        """Store an operation; the same call again changes nothing."""
        ...

    async def end_surface(self, operation_id: int, surface: Surface, end: SurfaceEnd) -> None:
        """Record how a surface ended."""
        ...
