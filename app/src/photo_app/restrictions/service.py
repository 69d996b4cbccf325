"""Blocks and mutes users. PostgreSQL is the truth; whatever is blocked or muted is obeyed by the next read."""

from photo_app.follows.feed_heads import FeedHeadUpdater
from photo_app.http.problems import Problem, ProblemType, not_found
from photo_core.domain.accounts import FollowGraph
from photo_core.ports.follows import Restrictions


class RestrictionService:
    """Blocks and mutes by one viewer; all are idempotent, whichever side has blocked before.

    Raises:
        Problem: no such user (404), or it is oneself (422).
    """

    def __init__(self, restrictions: Restrictions, heads: FeedHeadUpdater) -> None:
        self._restrictions = restrictions
        self._heads = heads

    async def block(self, viewer_id: int, user_id: int) -> None:
        """End what stands between two accounts, and let nothing begin."""
        _require_another(viewer_id, user_id)
        async with self._heads.changing(viewer_id, user_id) as fenced:
            changes = _existing(await self._restrictions.block(viewer_id, user_id))
        await self._heads.after_loss(fenced, changes)

    async def unblock(self, viewer_id: int, user_id: int) -> None:
        """End one's own block."""
        _require_another(viewer_id, user_id)
        _existing(await self._restrictions.unblock(viewer_id, user_id))

    async def mute(self, viewer_id: int, user_id: int) -> None:
        """Take a user out of one's own feed."""
        _require_another(viewer_id, user_id)
        async with self._heads.changing(viewer_id) as fenced:
            changes = _existing(await self._restrictions.mute(viewer_id, user_id))
        await self._heads.after_loss(fenced, changes)

    async def unmute(self, viewer_id: int, user_id: int) -> None:
        """Let a user back into one's own feed."""
        _require_another(viewer_id, user_id)
        async with self._heads.changing(viewer_id) as fenced:
            changes = _existing(await self._restrictions.unmute(viewer_id, user_id))
        await self._heads.after_gain(fenced, changes, user_id)


def _require_another(viewer_id: int, user_id: int) -> None:
    if viewer_id == user_id:
        raise Problem(ProblemType.VALIDATION, "nobody can block or mute themselves")


def _existing(changes: tuple[FollowGraph, ...] | None) -> tuple[FollowGraph, ...]:
    if changes is None:
        raise not_found("user")
    return changes
