"""Renders accounts as clients see them; also used wherever people are listed."""

from msgspec import UNSET, UnsetType
from starlette.responses import Response

from photo_app.http.paging import Page, PageRequest, next_link
from photo_app.http.responses import json_response
from photo_app.users.schemas import UserPage, UserView
from photo_core.domain.accounts import Account
from photo_core.domain.cursor import CursorSigner
from photo_core.ports.media import ObjectStorage


class UserRenderer:
    """Turns accounts into what clients see; reads nothing.

    Args:
        objects: knows the public address of a picture.
        cursors: signs the cursor of the next page.
    """

    def __init__(self, objects: ObjectStorage, cursors: CursorSigner) -> None:
        self._objects = objects
        self._cursors = cursors

    def view(self, account: Account) -> UserView:
        """Return an account as clients see it."""
        return UserView(
            user_id=str(account.user_id),
            username=account.username,
            full_name=account.full_name,
            bio=account.bio,
            private=account.private,
            follower_count=account.follower_count,
            following_count=account.following_count,
            avatar_url=self._avatar_url(account),
        )

    def page(self, request: PageRequest, found: tuple[Page, list[Account]]) -> Response:
        """Return the response with a page of people."""
        page, accounts = found
        next_cursor = page.next_cursor(self._cursors)
        body = UserPage([self.view(account) for account in accounts], next_cursor, next_cursor is not None)
        return json_response(body, headers=next_link(request, next_cursor))

    def _avatar_url(self, account: Account) -> str | UnsetType:
        return UNSET if account.avatar_key is None else self._objects.variant_url(account.avatar_key)
