"""The real `Operations`: one partition an operation, one row a surface that has ended."""

from typing import Any

from photo_core.domain.operations import Operation, OperationKind, Surface, SurfaceEnd, SurfaceState
from photo_core.stores.cassandra.session import Bound, CassandraSession

BEGIN = "INSERT INTO operations (operation_id, kind, owner_id, started_at_ms) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
END = "INSERT INTO operations (operation_id, surface, state, ended_at_ms) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
GET = """
SELECT kind, owner_id, started_at_ms, surface, state, ended_at_ms FROM operations WHERE operation_id = ?
"""


def beginning(operation: Operation) -> Bound:
    """Return the statement that stores an operation, for the batch that stores its fact."""
    started_at_ms = operation.started_at_ms
    values = (operation.operation_id, operation.kind.value, operation.owner_id, started_at_ms, started_at_ms * 1000)
    return BEGIN, values


class CassandraOperations:
    """Operations by id."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def get(self, operation_id: int) -> Operation | None:
        """Return an operation with the surfaces that have ended."""
        rows = await self._session.execute(GET, (operation_id,))
        if not rows or rows[0].kind is None:
            return None
        first, ended = rows[0], dict(_end(row) for row in rows if row.surface is not None)
        return Operation(operation_id, OperationKind(first.kind), first.owner_id, first.started_at_ms, ended)

    async def begin(self, operation: Operation) -> None:
        """Store an operation; the same call again changes nothing."""
        await self._session.execute(*beginning(operation))

    async def end_surface(self, operation_id: int, surface: Surface, end: SurfaceEnd) -> None:
        """Record how a surface ended."""
        values = (operation_id, surface.value, end.state.value, end.ended_at_ms, end.ended_at_ms * 1000)
        await self._session.execute(END, values)


def _end(row: Any) -> tuple[Surface, SurfaceEnd]:
    return Surface(row.surface), SurfaceEnd(SurfaceState(row.state), row.ended_at_ms)
