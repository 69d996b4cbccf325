"""Deletions of accounts in memory, over the same people and graph as `FakeAccounts` and `FakeFollows`."""

from collections.abc import Collection

from photo_core.domain.accounts import DeletedAccount
from photo_core.fakes.graph_state import GraphState, Pair


class FakeAccountDeletions:
    """From the deletion of an account to the end of its purge."""

    def __init__(self, state: GraphState) -> None:
        self._state = state

    async def delete(self, user_id: int, at_ms: int) -> None:
        """Make an account absent."""
        self._state.accounts.require()
        if self._state.accounts.exists(user_id):
            self._state.accounts.deleted[user_id] = at_ms
            self._state.change_deleted(self._state.deleted | {user_id})

    async def deleted_since(self, at_ms: int) -> frozenset[int]:
        """Return the accounts that were deleted at or after a time."""
        self._state.accounts.require()
        return frozenset(user_id for user_id, deleted in self._state.accounts.deleted.items() if deleted >= at_ms)

    async def unpurged(self) -> list[DeletedAccount]:
        """Return the deleted accounts of which something may be left."""
        self._state.accounts.require()
        left = [DeletedAccount(user_id, self._state.accounts.deleted[user_id]) for user_id in self._state.deleted]
        return sorted(left, key=lambda account: (account.deleted_at_ms, account.user_id))

    async def disentangle(self, user_id: int, at_most: int) -> bool:
        """Remove some of what stands between a deleted account and others; False once nothing was left."""
        self._state.accounts.require()
        follows = sorted(_of(user_id, self._state.follows))[:at_most]
        for follower_id, followee_id in follows:
            self._state.unlink(follower_id, followee_id)
            self._state.bump(follower_id)
        return bool(follows) or self._some_removed(user_id, at_most)

    async def finish(self, user_id: int, at_ms: int) -> None:  # noqa: ARG002 - this fake keeps no times
        """Forget what the account said of itself, and take it out of the state that readers hold."""
        self._state.accounts.require()
        if user_id in self._state.deleted:
            self._state.accounts.forget(user_id)
            self._state.change_deleted(self._state.deleted - {user_id})

    def _some_removed(self, user_id: int, at_most: int) -> bool:
        removed = False
        for pairs in (self._state.requests, self._state.blocks, self._state.mutes):
            some = sorted(_of(user_id, pairs))[:at_most]
            pairs.difference_update(some)
            removed = removed or bool(some)
        return removed


def _of(user_id: int, pairs: Collection[Pair]) -> set[Pair]:
    return {pair for pair in pairs if user_id in pair}
