"""The purge worker: removes the data of a deleted post, and records in its operation when each surface was cleared.

Run by `photo-workers run purge`, whose connections `worker` opens. No answer shows the post any more when this begins,
so nothing here decides what people see. After a crash the message is delivered again, and surfaces that have ended are
skipped. Surfaces do not wait for each other's engines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from photo_core.clock import Clock
from photo_core.domain.operations import Operation, Surface, SurfaceEnd, deletion_of, pending
from photo_core.domain.posts import Post
from photo_core.errors import EngineUnavailable
from photo_core.messages.events import PostDeleted, decode
from photo_core.ports.events import IncomingMessage
from photo_core.ports.operations import Operations
from photo_core.ports.posts import Posts
from photo_core.telemetry.metrics import PURGE_LATENCY
from photo_workers.outcomes import DONE, Outcome, Retry, Unavailable
from photo_workers.purge.surfaces import PostSurfaces
from photo_workers.settling import settle

AUTHORS_AT_ONCE = 8


@dataclass(frozen=True)
class Purge:
    """Ends the operations of deleted posts."""

    posts: Posts
    operations: Operations
    surfaces: PostSurfaces
    clock: Clock

    async def handle(self, batch: Sequence[IncomingMessage]) -> Sequence[Outcome]:
        """Purge every post of a batch, those of an author one after the other."""
        return await settle(batch, self._purge, AUTHORS_AT_ONCE)

    async def _purge(self, message: IncomingMessage) -> Outcome:
        deleted = decode(message.value, PostDeleted)
        post = (await self.posts.get_many([deleted.post_id])).get(deleted.post_id)
        if post is None or post.deleted_at_ms is None:
            return Retry("the deletion cannot be read yet")
        operation = await self._operation(post, post.deleted_at_ms)
        outcomes = [await self._end(operation, surface, post) for surface in pending(operation)]
        return _combined(outcomes)

    async def _operation(self, post: Post, deleted_at_ms: int) -> Operation:
        """Return the operation, which a pod of the version before this one did not begin."""
        operation = await self.operations.get(post.post_id)
        if operation is None:
            operation = deletion_of(post, deleted_at_ms)
            await self.operations.begin(operation)
        return operation

    async def _end(self, operation: Operation, surface: Surface, post: Post) -> Outcome:
        try:
            state = await self.surfaces.clear(surface, post)
        except EngineUnavailable as unavailable:
            return Unavailable(unavailable.engine, unavailable.detail)
        if state is None:
            return Retry(f"{surface} cannot be cleared yet")
        end = SurfaceEnd(state, self.clock.now_ms())
        await self.operations.end_surface(operation.operation_id, surface, end)
        PURGE_LATENCY.labels(surface=surface).observe((end.ended_at_ms - operation.started_at_ms) / 1000)
        return DONE


def _combined(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the outcome of the message from those of its surfaces: unavailable before retry before done."""
    unfinished = [outcome for outcome in outcomes if outcome != DONE]
    return next((outcome for outcome in unfinished if isinstance(outcome, Unavailable)), next(iter(unfinished), DONE))
