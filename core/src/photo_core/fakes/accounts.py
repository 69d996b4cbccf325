"""PostgreSQL's people in memory: accounts, revoked sessions, worker-id leases."""

from collections.abc import Collection, Mapping

import msgspec

from photo_core.clock import Clock
from photo_core.domain.accounts import Account, NewAccount, ProfileChange
from photo_core.domain.ids import MAX_WORKER
from photo_core.errors import Conflict, Engine, EngineUnavailable

REUSABLE_AFTER_SECONDS = 7200.0
FAR_FUTURE_MS = 1 << 62


class FakeAccounts:
    """People; `FakeFollows` keeps their counts. Set `available` to False to take PostgreSQL away."""

    def __init__(self) -> None:
        self.available = True
        self._accounts: dict[int, Account] = {}
        self._hashes: dict[int, str] = {}
        self._seen: dict[int, int] = {}
        self._avatars: dict[int, int] = {}
        self.deleted: dict[int, int] = {}

    async def create(self, account: NewAccount) -> Account:
        """Store a new account, or raise Conflict if its name is taken."""
        self.require()
        if any(other.username == account.username for other in self._accounts.values()):
            raise Conflict("the user name is taken")
        self._hashes[account.user_id] = account.password_hash
        self._accounts[account.user_id] = Account(account.user_id, account.username, account.full_name)
        return self._accounts[account.user_id]

    async def get_many(self, user_ids: Collection[int]) -> Mapping[int, Account]:
        """Return the accounts that exist."""
        self.require()
        return {id_: self._accounts[id_] for id_ in user_ids if self.exists(id_)}

    async def credentials(self, username: str) -> tuple[Account, str] | None:
        """Return the account and its password hash."""
        self.require()
        named = (account for account in self._accounts.values() if account.username == username)
        account = next((account for account in named if self.exists(account.user_id)), None)
        return None if account is None else (account, self._hashes[account.user_id])

    async def change_profile(self, user_id: int, change: ProfileChange) -> Account | None:
        """Change the given fields."""
        self.require()
        if not self.exists(user_id):
            return None
        if change.avatar is not None:
            self._avatars[user_id] = change.avatar.media_id
        account = self._accounts[user_id]
        self._accounts[user_id] = msgspec.structs.replace(
            account,
            full_name=account.full_name if change.full_name is None else change.full_name,
            bio=account.bio if change.bio is None else change.bio,
            avatar_key=account.avatar_key if change.avatar is None else change.avatar.object_key,
        )
        return self._accounts[user_id]

    async def drop_avatar(self, user_id: int, media_id: int) -> None:
        """Take away the picture that a media makes."""
        self.require()
        if self._avatars.get(user_id) == media_id:
            del self._avatars[user_id]
            self._accounts[user_id] = msgspec.structs.replace(self._accounts[user_id], avatar_key=None)

    async def touch(self, user_ids: Collection[int], at_ms: int, away_before_ms: int = 0) -> None:
        """Remember that people were seen."""
        self.require()
        for user_id in user_ids:
            before_ms = self._seen.get(user_id, at_ms)
            if before_ms >= away_before_ms:
                self._seen[user_id] = max(at_ms, before_ms)

    def not_seen_since(self, user_id: int, at_ms: int) -> None:
        """Let somebody have been seen at a time, and never again."""
        self._seen[user_id] = at_ms

    def require(self) -> None:
        """Raise EngineUnavailable while PostgreSQL is away."""
        if not self.available:
            raise EngineUnavailable(Engine.POSTGRES, "taken away by the test")

    def exists(self, user_id: int) -> bool:
        """Tell whether there is such an account."""
        return user_id in self._accounts and user_id not in self.deleted

    def forget(self, user_id: int) -> None:
        """Forget what an account said of itself; its name stays taken."""
        account = self._accounts[user_id]
        self._accounts[user_id] = msgspec.structs.replace(account, full_name="", bio="", avatar_key=None)
        self._hashes[user_id] = ""

    def ids(self) -> frozenset[int]:
        """Return everybody."""
        return frozenset(self._accounts)

    def private(self, user_id: int) -> bool:
        """Tell whether an account is private."""
        return self._accounts[user_id].private

    def set_private(self, user_id: int, *, private: bool) -> None:
        """Make an account private or public; nothing happens to nobody."""
        if user_id in self._accounts:
            self._accounts[user_id] = msgspec.structs.replace(self._accounts[user_id], private=private)

    def seen_at_ms(self, user_id: int) -> int:
        """Return when somebody was last seen; whoever has just registered is seen now."""
        return self._seen.get(user_id, FAR_FUTURE_MS)

    def count(self, follower_id: int, followee_id: int, change: int) -> None:
        """Change the counts of both sides of a follow."""
        follower, followee = self._accounts[follower_id], self._accounts[followee_id]
        self._accounts[follower_id] = msgspec.structs.replace(
            follower, following_count=follower.following_count + change
        )
        followee = self._accounts[followee_id]
        self._accounts[followee_id] = msgspec.structs.replace(followee, follower_count=followee.follower_count + change)

    def follower_count(self, user_id: int) -> int:
        """Return how many follow an account; 0 for nobody."""
        return self._accounts[user_id].follower_count if user_id in self._accounts else 0


class FakeRevokedSessions:
    """Sessions that ended early."""

    def __init__(self) -> None:
        self.available = True
        self._expiry: dict[str, int] = {}

    async def revoke(self, session_id: str, expires_at_ms: int) -> None:
        """Remember that a session ended."""
        self._require()
        self._expiry[session_id] = expires_at_ms

    async def all_live(self, now_ms: int) -> frozenset[str]:
        """Return those whose tokens have not expired."""
        self._require()
        return frozenset(id_ for id_, expires_at_ms in self._expiry.items() if expires_at_ms > now_ms)

    def _require(self) -> None:
        if not self.available:
            raise EngineUnavailable(Engine.POSTGRES, "taken away by the test")


class FakeWorkerIdLeases:
    """Worker numbers; free again two hours after their lease began."""

    def __init__(self, clock: Clock) -> None:
        self.available = True
        self._clock = clock
        self._leases: dict[int, tuple[str, float]] = {}

    async def lease(self, holder: str) -> int:
        """Renew the holder's own number, or take one that is free."""
        if not self.available:
            raise EngineUnavailable(Engine.POSTGRES, "taken away by the test")
        now = self._clock.monotonic()
        own = (worker for worker, (other, _) in self._leases.items() if other == holder)
        free = (worker for worker, (_, at) in self._leases.items() if now - at > REUSABLE_AFTER_SECONDS)
        worker = next(own, next(free, len(self._leases)))
        if worker > MAX_WORKER:
            raise EngineUnavailable(Engine.POSTGRES, "every worker number is leased")
        self._leases[worker] = (holder, now)
        return worker
