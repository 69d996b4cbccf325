"""Registers people and changes their profiles. PostgreSQL is the truth; nothing is cached."""

from photo_app.problems import not_found
from photo_app.sessions.passwords import Passwords
from photo_app.users.schemas import NewUser
from photo_core.domain.accounts import Account, NewAccount, ProfileChange
from photo_core.ids import IdMinter
from photo_core.ports.accounts import Accounts


class UserService:
    """People."""

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

    async def get(self, user_id: int) -> Account:
        """Return an account.

        Raises:
            Problem: there is none (404).
        """
        account = (await self._accounts.get_many([user_id])).get(user_id)
        if account is None:
            raise not_found("user")
        return account

    async def change_profile(self, user_id: int, change: ProfileChange) -> Account:
        """Change the given fields and return the account.

        Raises:
            Problem: there is none (404).
        """
        account = await self._accounts.change_profile(user_id, change)
        if account is None:
            raise not_found("user")
        return account
