"""Renders operations as their owners see them. Pure."""

from photo_app.http.responses import rfc3339
from photo_app.operations.schemas import OperationView, SurfaceView
from photo_core.domain.operations import SURFACES, Operation, Surface, SurfaceState, progress, state_of


def operation_view(operation: Operation) -> OperationView:
    """Return an operation as its owner sees it."""
    return OperationView(
        operation_id=str(operation.operation_id),
        kind=operation.kind.value,
        state=state_of(operation).value,
        progress=progress(operation),
        started_at=rfc3339(operation.started_at_ms),
        surfaces={surface.value: _surface(operation, surface) for surface in SURFACES[operation.kind]},
    )


def _surface(operation: Operation, surface: Surface) -> SurfaceView:
    end = operation.ended.get(surface)
    if end is None:
        return SurfaceView(SurfaceState.PENDING.value)
    return SurfaceView(end.state.value, rfc3339(end.ended_at_ms))
