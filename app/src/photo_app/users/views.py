"""Users as clients see them; also used wherever people are listed. Pure."""

from msgspec import UNSET, Struct, UnsetType

from photo_core.domain.accounts import Account
from photo_core.ports.media import ObjectStorage


class UserView(Struct, frozen=True):
    """A user."""

    user_id: str
    username: str
    full_name: str
    bio: str
    private: bool
    follower_count: int
    following_count: int
    avatar_url: str | UnsetType = UNSET


class UserPage(Struct, frozen=True):
    """A page of users."""

    users: list[UserView]
    next_cursor: str | None
    has_more: bool


class UserViews:
    """Turns accounts into what clients see; needs the store only for the public address of its objects."""

    def __init__(self, objects: ObjectStorage) -> None:
        self._objects = objects

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
            avatar_url=self.avatar_url(account),
        )

    def avatar_url(self, account: Account) -> str | UnsetType:
        """Return where an account's picture is, if it has one."""
        return UNSET if account.avatar_key is None else self._objects.variant_url(account.avatar_key)

    def page(self, accounts: list[Account], next_cursor: str | None) -> UserPage:
        """Return a page of accounts."""
        return UserPage([self.view(account) for account in accounts], next_cursor, next_cursor is not None)
