"""Work that goes on after its request was answered, and what is told of it: the receipt of a deletion.

A deleted post or account is gone from every answer at once; an operation says where what was left of it has been
removed. Used by the API, which shows operations, and by the purge worker, which ends their surfaces. Pure.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from photo_core.domain.accounts import DeletedAccount
from photo_core.domain.posts import Post


class OperationKind(StrEnum):
    """What was asked for."""

    DELETE_POST = "delete-post"
    DELETE_ACCOUNT = "delete-account"


class Surface(StrEnum):
    """Where something of a post or of an account may be left, in the order in which it is removed."""

    TIMELINE = "timeline"  # its entry in the author's timeline; feeds hold ids that lead to nothing
    CACHES = "caches"  # its JSON in Redis
    INTERACTIONS = "interactions"  # its likes, comments and counts
    MEDIA_OBJECTS = "media_objects"  # its photographs in the object store
    EDGE = "edge"  # its photographs at their public URLs
    POSTS = "posts"  # of an account: its posts, of which each has an operation of its own from then on
    REACTIONS = "reactions"  # of an account: its likes, comments and saves, with the counts that they stand in
    GRAPH = "graph"  # of an account: its follows, requests, blocks and mutes, of both directions


class SurfaceState(StrEnum):
    """How a surface stands."""

    PENDING = "PENDING"
    CLEARED = "CLEARED"
    KEPT = "KEPT"  # the author's profile or another post of theirs, whose deletion will clear it, shows the same media
    UNVERIFIED = "UNVERIFIED"  # cleared as far as the platform reaches; the public URLs could not be asked from inside


class OperationState(StrEnum):
    """How an operation stands."""

    RUNNING = "RUNNING"
    DONE = "DONE"


class SurfaceEnd(Struct, frozen=True):
    """How a surface ended, and when."""

    state: SurfaceState
    ended_at_ms: int


class Operation(Struct, frozen=True):
    """An operation as stored; a surface that is not in `ended` is pending."""

    operation_id: int
    kind: OperationKind
    owner_id: int
    started_at_ms: int
    ended: Mapping[Surface, SurfaceEnd] = {}


SURFACES: Mapping[OperationKind, tuple[Surface, ...]] = {
    OperationKind.DELETE_POST: (
        Surface.TIMELINE,
        Surface.CACHES,
        Surface.INTERACTIONS,
        Surface.MEDIA_OBJECTS,
        Surface.EDGE,
    ),
    OperationKind.DELETE_ACCOUNT: (Surface.POSTS, Surface.REACTIONS, Surface.GRAPH),
}


def deletion_of(post: Post, deleted_at_ms: int) -> Operation:
    """Return the operation of a post's deletion; it has the post's id, so that a repeated deletion finds it."""
    return Operation(post.post_id, OperationKind.DELETE_POST, post.author_id, deleted_at_ms)


def account_deletion_of(account: DeletedAccount) -> Operation:
    """Return the operation of an account's deletion; it has the account's id, so that a repeated deletion finds it."""
    return Operation(account.user_id, OperationKind.DELETE_ACCOUNT, account.user_id, account.deleted_at_ms)


def pending(operation: Operation) -> tuple[Surface, ...]:
    """Return the surfaces that are not cleared yet, in their order."""
    return tuple(surface for surface in SURFACES[operation.kind] if surface not in operation.ended)


def state_of(operation: Operation) -> OperationState:
    """Return whether anything is left to do."""
    return OperationState.RUNNING if pending(operation) else OperationState.DONE


def progress(operation: Operation) -> int:
    """Return the share of surfaces that ended, in percent."""
    return 100 - 100 * len(pending(operation)) // len(SURFACES[operation.kind])
