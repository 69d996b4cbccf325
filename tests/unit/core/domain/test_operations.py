from msgspec.structs import replace

from photo_core.domain.operations import (
    SURFACES,
    OperationKind,
    OperationState,
    Surface,
    SurfaceEnd,
    SurfaceState,
    deletion_of,
    pending,
    progress,
    state_of,
)
from photo_core.domain.posts import Post

DELETION = deletion_of(Post(7, 17, "ada", (), "", created_at_ms=1), deleted_at_ms=5)
CLEARED = SurfaceEnd(SurfaceState.CLEARED, 9)


def test_a_deletion_has_the_posts_id_and_its_authors() -> None:
    assert (DELETION.operation_id, DELETION.owner_id, DELETION.started_at_ms) == (7, 17, 5)


def test_everything_is_pending_at_first() -> None:
    assert pending(DELETION) == SURFACES[OperationKind.DELETE_POST]
    assert (state_of(DELETION), progress(DELETION)) == (OperationState.RUNNING, 0)


def test_each_surface_that_ends_is_progress() -> None:
    begun = replace(DELETION, ended={Surface.CACHES: CLEARED})
    assert Surface.CACHES not in pending(begun)
    assert 0 < progress(begun) < 100
    assert state_of(begun) is OperationState.RUNNING


def test_it_is_done_when_nothing_is_pending() -> None:
    ended = replace(DELETION, ended=dict.fromkeys(SURFACES[OperationKind.DELETE_POST], CLEARED))
    assert pending(ended) == ()
    assert (state_of(ended), progress(ended)) == (OperationState.DONE, 100)
