"""Blocks and mutes users, in PostgreSQL; the next read obeys."""

from photo_app.follows.feed_heads import FeedHeadUpdater
from photo_app.http.problems import Problem, ProblemType, not_found
from photo_core.domain.accounts import FollowGraph
from photo_core.ports.follows import Restrictions


class RestrictionService:
    """Blocks and mutes; all calls are idempotent, whichever side has blocked before.

    Raises:
        Problem: no such user (404), or it is oneself (422).
    """

    def __init__(self, restrictions: Restrictions, heads: FeedHeadUpdater) -> None:
        self._restrictions = restrictions
        self._heads = heads

    async def block(self, viewer_id: int, user_id: int) -> None:
        """End follows and requests between two accounts, and prevent new ones."""
        _require_another(viewer_id, user_id)
        async with self._heads.changing(viewer_id, user_id) as fenced:
            changes = _existing(await self._restrictions.block(viewer_id, user_id))
        await self._heads.after_loss(fenced, changes)

    async def unblock(self, viewer_id: int, user_id: int) -> None:
        """End one's own block."""
        _require_another(viewer_id, user_id)
        _existing(await self._restrictions.unblock(viewer_id, user_id))

    async def mute(self, viewer_id: int, user_id: int) -> None:
        """Hide a user's posts from one's own feed."""
        _require_another(viewer_id, user_id)
        async with self._heads.changing(viewer_id) as fenced:
            changes = _existing(await self._restrictions.mute(viewer_id, user_id))
        await self._heads.after_loss(fenced, changes)

    async def unmute(self, viewer_id: int, user_id: int) -> None:
        """Show a muted user's posts in one's own feed again."""
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
