"""Operations as clients see them. Pure."""

from msgspec import UNSET, Struct, UnsetType

from photo_app.answers import rfc3339
from photo_core.domain.operations import SURFACES, Operation, Surface, SurfaceState, progress, state_of


class SurfaceView(Struct, frozen=True):
    """Where something of a post was left; `cleared_at` says when that ended."""

    state: str
    cleared_at: str | UnsetType = UNSET


class OperationView(Struct, frozen=True):
    """How far an operation is; `progress` is 0 to 100."""

    operation_id: str
    kind: str
    state: str
    progress: int
    started_at: str
    surfaces: dict[str, SurfaceView]


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
