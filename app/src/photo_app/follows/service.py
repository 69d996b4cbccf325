"""Follows, unfollows and lists both sides. PostgreSQL is the truth; nothing is cached."""

from collections.abc import Awaitable, Callable

from photo_app.paging import Page, PageRequest, cut
from photo_app.problems import Problem, ProblemType, not_found
from photo_core.domain.accounts import Account, Follow
from photo_core.ports.accounts import Accounts
from photo_core.ports.follows import Follows

ReadIds = Callable[[int, int, int], Awaitable[list[int]]]


class FollowService:
    """The follow graph."""

    def __init__(self, follows: Follows, accounts: Accounts) -> None:
        self._follows = follows
        self._accounts = accounts

    async def follow(self, viewer_id: int, user_id: int) -> Follow:
        """Make the viewer follow a user; idempotent.

        Raises:
            Problem: no such user (404), or it is oneself (422).
        """
        if viewer_id == user_id:
            raise Problem(ProblemType.VALIDATION, "nobody can follow themselves")
        return _existing(await self._follows.follow(viewer_id, user_id))

    async def unfollow(self, viewer_id: int, user_id: int) -> Follow:
        """Undo a follow; idempotent.

        Raises:
            Problem: no such user (404).
        """
        return _existing(await self._follows.unfollow(viewer_id, user_id))

    async def followers(self, user_id: int, page: PageRequest) -> tuple[Page, list[Account]]:
        """Return a page of those who follow a user."""
        return await self._page(self._follows.followers_page, user_id, page)

    async def following(self, user_id: int, page: PageRequest) -> tuple[Page, list[Account]]:
        """Return a page of those whom a user follows."""
        return await self._page(self._follows.following_page, user_id, page)

    async def _page(self, read: ReadIds, user_id: int, request: PageRequest) -> tuple[Page, list[Account]]:
        page = cut(await read(user_id, request.before_id, request.enough), request)
        accounts = await self._accounts.get_many([user_id, *page.ids])
        if user_id not in accounts:
            raise not_found("user")
        return page, [accounts[id_] for id_ in page.ids if id_ in accounts]


def _existing(follow: Follow | None) -> Follow:
    if follow is None:
        raise not_found("user")
    return follow
