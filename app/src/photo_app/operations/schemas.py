"""Operations as clients see them: work that goes on after the request that began it."""

from msgspec import UNSET, Struct, UnsetType

from photo_app.http.fields import Timestamp


class OperationStarted(Struct, frozen=True):
    """The response to DELETE /posts/{id} and to DELETE /users/me."""

    operation_id: str


class SurfaceView(Struct, frozen=True):
    """One place that kept something of what is deleted; `cleared_at` says when that ended."""

    state: str
    cleared_at: Timestamp | UnsetType = UNSET


class OperationView(Struct, frozen=True):
    """How far an operation is; `progress` is 0 to 100."""

    operation_id: str
    kind: str
    state: str
    progress: int
    started_at: Timestamp
    surfaces: dict[str, SurfaceView]
