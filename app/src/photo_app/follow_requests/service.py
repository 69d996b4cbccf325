"""Accepts, declines and lists requests to follow a private account, in PostgreSQL."""

from photo_app.follows.feed_heads import FeedHeadUpdater
from photo_app.http.paging import Page, PageRequest
from photo_app.http.problems import not_found
from photo_app.users.lists import UserLists
from photo_core.domain.accounts import Account, Follow
from photo_core.ports.follows import FollowRequests


class FollowRequestService:
    """Requests that wait for the owner of the account."""

    def __init__(self, requests: FollowRequests, heads: FeedHeadUpdater, lists: UserLists) -> None:
        self._requests = requests
        self._heads = heads
        self._lists = lists

    async def accept(self, owner_id: int, requester_id: int) -> Follow:
        """Make a requester a follower; idempotent.

        Raises:
            Problem: there is no such user, or they neither asked nor follow (404).
        """
        async with self._heads.changing(requester_id) as fenced:
            follow = await self._requests.accept(owner_id, requester_id)
            if follow is None or not follow.following:
                raise not_found("follow request")
        await self._heads.after_gain(fenced, follow.changes, owner_id)
        return follow

    async def decline(self, owner_id: int, requester_id: int) -> Follow:
        """Drop a request; idempotent.

        Raises:
            Problem: there is no such user (404).
        """
        follow = await self._requests.decline(owner_id, requester_id)
        if follow is None:
            raise not_found("follow request")
        return follow

    async def waiting(self, owner_id: int, page: PageRequest) -> tuple[Page, list[Account]]:
        """Return a page of those who have asked."""
        return await self._lists.page(owner_id, owner_id, page, self._requests.page)
