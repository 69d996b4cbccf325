"""The real `Accounts`: one row a person."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import asyncpg

from photo_core.domain.accounts import Account, NewAccount, ProfileChange
from photo_core.errors import Conflict

if TYPE_CHECKING:
    from photo_core.stores.postgres.pool import PostgresPool

COLUMNS = "user_id, username, full_name, bio, private, follower_count, following_count, avatar_key"
CREATE = f"""
INSERT INTO accounts (user_id, username, password_hash, full_name) VALUES ($1, $2, $3, $4) RETURNING {COLUMNS}
"""  # noqa: S608 - columns are ours
GET_MANY = f"SELECT {COLUMNS} FROM accounts WHERE user_id = ANY($1::bigint[]) AND deleted_at_ms IS NULL"  # noqa: S608
CREDENTIALS = f"SELECT {COLUMNS}, password_hash FROM accounts WHERE username = $1 AND deleted_at_ms IS NULL"  # noqa: S608
CHANGE_PROFILE = f"""
UPDATE accounts SET
    full_name = COALESCE($2, full_name),
    bio = COALESCE($3, bio),
    avatar_media_id = COALESCE($4, avatar_media_id),
    avatar_key = COALESCE($5, avatar_key)
WHERE user_id = $1 AND deleted_at_ms IS NULL RETURNING {COLUMNS}
"""  # noqa: S608
DROP_AVATAR = """
UPDATE accounts SET avatar_media_id = NULL, avatar_key = NULL WHERE user_id = $1 AND avatar_media_id = $2
"""
# locked in the order of their ids, as a follow locks
TOUCH = """
UPDATE accounts SET last_seen_at = to_timestamp($2) FROM (
    SELECT user_id FROM accounts
    WHERE user_id = ANY($1::bigint[]) AND last_seen_at < to_timestamp($2) AND last_seen_at >= to_timestamp($3)
    ORDER BY user_id FOR NO KEY UPDATE
) AS seen WHERE accounts.user_id = seen.user_id
"""


class PostgresAccounts:
    """People."""

    def __init__(self, pool: "PostgresPool") -> None:
        self._pool = pool

    async def create(self, account: NewAccount) -> Account:
        """Store a new account.

        Raises:
            Conflict: the user name is taken.
        """
        values = (account.user_id, account.username, account.password_hash, account.full_name)
        async with self._pool.connection() as connection:
            try:
                rows = await connection.fetch(CREATE, *values)
            except asyncpg.UniqueViolationError as error:
                raise Conflict("the user name is taken") from error
        return _account(rows[0])

    async def get_many(self, user_ids: Collection[int]) -> Mapping[int, Account]:
        """Return the accounts that exist, by id."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(GET_MANY, list(user_ids))
        return {row["user_id"]: _account(row) for row in rows}

    async def credentials(self, username: str) -> tuple[Account, str] | None:
        """Return the account and its password hash, or None."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(CREDENTIALS, username)
        return None if row is None else (_account(row), row["password_hash"])

    async def change_profile(self, user_id: int, change: ProfileChange) -> Account | None:
        """Change the given fields and return the account, or None if there is none."""
        avatar = (None, None) if change.avatar is None else (change.avatar.media_id, change.avatar.object_key)
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(CHANGE_PROFILE, user_id, change.full_name, change.bio, *avatar)
        return None if row is None else _account(row)

    async def drop_avatar(self, user_id: int, media_id: int) -> None:
        """Take away the picture that a media makes, unless another has taken its place."""
        async with self._pool.connection() as connection:
            await connection.execute(DROP_AVATAR, user_id, media_id)

    async def touch(self, user_ids: Collection[int], at_ms: int, away_before_ms: int = 0) -> None:
        """Remember that people were seen; a time before the one that is known changes nothing."""
        async with self._pool.connection() as connection:
            await connection.execute(TOUCH, user_ids, at_ms / 1000, away_before_ms / 1000)


def _account(row: asyncpg.Record) -> Account:
    return Account(
        user_id=row["user_id"],
        username=row["username"],
        full_name=row["full_name"],
        bio=row["bio"],
        private=row["private"],
        follower_count=row["follower_count"],
        following_count=row["following_count"],
        avatar_key=row["avatar_key"],
    )
