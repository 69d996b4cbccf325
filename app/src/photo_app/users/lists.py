"""Reads pages of people: the accounts of a page of ids that the viewer may see."""

from collections.abc import Awaitable, Callable

from photo_app.http.paging import Page, PageRequest, cut
from photo_app.http.problems import not_found
from photo_app.visibility import Visibility
from photo_core.domain.accounts import Account
from photo_core.ports.accounts import Accounts

ReadIds = Callable[[int, int, int], Awaitable[list[int]]]


class UserLists:
    """Lists of an account: followers, followees, requesters."""

    def __init__(self, accounts: Accounts, visibility: Visibility) -> None:
        self._accounts = accounts
        self._visibility = visibility

    async def page(
        self, viewer_id: int, owner_id: int, request: PageRequest, read: ReadIds
    ) -> tuple[Page, list[Account]]:
        """Return a page of an account's list, without people whom a block separates from the viewer.

        Raises:
            Problem: there is no such owner (404).
        """
        page = cut(await read(owner_id, request.before_id, request.ids_to_read), request)
        accounts = await self._accounts.get_many([owner_id, *page.ids])
        if owner_id not in accounts:
            raise not_found("user")
        visible = await self._visibility.people(viewer_id, page.ids)
        return page, [accounts[id_] for id_ in page.ids if id_ in accounts and id_ in visible]
