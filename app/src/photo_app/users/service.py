"""Registers people and changes their profiles. Reads and writes PostgreSQL; caches nothing."""

from photo_app.authentication.passwords import Passwords
from photo_app.http.problems import not_found
from photo_app.ports import Ports
from photo_app.users.avatars import require_open, usable_avatar
from photo_app.users.schemas import NewUser, ProfilePatch
from photo_app.visibility import Visibility
from photo_core.domain.accounts import Account, Avatar, NewAccount, ProfileChange
from photo_core.ids import IdMinter
from photo_core.ports.accounts import Accounts


class Registration:
    """Creates accounts."""

    def __init__(self, accounts: Accounts, passwords: Passwords, minter: IdMinter) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._minter = minter

    async def register(self, wanted: NewUser) -> Account:
        """Store a new account.

        Raises:
            Conflict: the user name is taken.
        """
        password_hash = await self._passwords.hash(wanted.password)
        new = NewAccount(self._minter.mint(), wanted.username, password_hash, wanted.full_name)
        return await self._accounts.create(new)


class Profiles:
    """Shows profiles, and changes one's own."""

    def __init__(self, ports: Ports, visibility: Visibility) -> None:
        self._accounts = ports.accounts
        self._requests = ports.follow_requests
        self._media = ports.media
        self._media_uses = ports.media_uses
        self._visibility = visibility

    async def get(self, viewer_id: int, user_id: int) -> Account:
        """Return an account that the viewer may see.

        Raises:
            Problem: there is none (404).
        """
        await self._visibility.require_account(viewer_id, user_id)
        return _existing((await self._accounts.get_many([user_id])).get(user_id))

    async def change(self, user_id: int, wanted: ProfilePatch) -> Account:
        """Change the given fields and return the account.

        An account that becomes public accepts all pending follow requests.

        Raises:
            Problem: there is no such account (404), or the media cannot be its picture (422).
        """
        avatar = None if wanted.avatar_media_id is None else await self._avatar(user_id, int(wanted.avatar_media_id))
        await self._set_privacy(user_id, wanted)
        change = ProfileChange(full_name=wanted.full_name, bio=wanted.bio, avatar=avatar)
        account = _existing(await self._accounts.change_profile(user_id, change))
        if avatar is not None:
            await self._require_still_open(user_id, avatar)
        return account

    async def _avatar(self, user_id: int, media_id: int) -> Avatar:
        avatar = usable_avatar((await self._media.get_many([media_id])).get(media_id), user_id)
        require_open(media_id, await self._media_uses.closed([media_id]))
        return avatar

    async def _require_still_open(self, user_id: int, avatar: Avatar) -> None:
        """Check again once the picture is stored: `purge` closes a media first, and then looks for what shows it.

        Each writes before it reads, so of the two at least one sees the other; see photo_core.ports.media_uses.
        """
        closed = await self._media_uses.closed([avatar.media_id])
        if closed:
            await self._accounts.drop_avatar(user_id, avatar.media_id)
        require_open(avatar.media_id, closed)

    async def _set_privacy(self, user_id: int, wanted: ProfilePatch) -> None:
        match wanted.private:
            case True:
                await self._requests.make_private(user_id)
            case False:
                await self._requests.make_public(user_id)


def _existing(account: Account | None) -> Account:
    if account is None:
        raise not_found("user")
    return account
