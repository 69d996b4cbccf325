"""Follows and unfollows users, in PostgreSQL, and lists followers and followees."""

from photo_app.follows.feed_heads import FeedHeadUpdater
from photo_app.http.paging import Page, PageRequest
from photo_app.http.problems import Problem, ProblemType, not_found
from photo_app.users.lists import UserLists
from photo_app.visibility import Visibility
from photo_core.domain.accounts import Account, Follow
from photo_core.ports.follows import Follows


class FollowService:
    """The follow graph."""

    def __init__(self, follows: Follows, heads: FeedHeadUpdater, visibility: Visibility, lists: UserLists) -> None:
        self._follows = follows
        self._heads = heads
        self._visibility = visibility
        self._lists = lists

    async def follow(self, viewer_id: int, user_id: int) -> Follow:
        """Make the viewer follow a user, or ask to; idempotent.

        Raises:
            Problem: no such user (404), or it is oneself (422).
            Refused: a block stands between the two.
        """
        if viewer_id == user_id:
            raise Problem(ProblemType.VALIDATION, "nobody can follow themselves")
        async with self._heads.changing(viewer_id) as fenced:
            followed = _existing(await self._follows.follow(viewer_id, user_id))
        await self._heads.after_gain(fenced, followed.changes, user_id)
        return followed

    async def unfollow(self, viewer_id: int, user_id: int) -> Follow:
        """Undo a follow or a request; idempotent.

        Raises:
            Problem: no such user (404).
        """
        async with self._heads.changing(viewer_id) as fenced:
            unfollowed = _existing(await self._follows.unfollow(viewer_id, user_id))
        await self._heads.after_loss(fenced, unfollowed.changes)
        return unfollowed

    async def followers(self, viewer_id: int, user_id: int, page: PageRequest) -> tuple[Page, list[Account]]:
        """Return a page of those who follow a user.

        Raises:
            Problem: no such user, or not for this viewer (404).
        """
        await self._visibility.require_posts_of(viewer_id, user_id)
        return await self._lists.page(viewer_id, user_id, page, self._follows.followers_page)

    async def following(self, viewer_id: int, user_id: int, page: PageRequest) -> tuple[Page, list[Account]]:
        """Return a page of those whom a user follows.

        Raises:
            Problem: no such user, or not for this viewer (404).
        """
        await self._visibility.require_posts_of(viewer_id, user_id)
        return await self._lists.page(viewer_id, user_id, page, self._follows.following_page)


def _existing(follow: Follow | None) -> Follow:
    if follow is None:
        raise not_found("user")
    return follow
