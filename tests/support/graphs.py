"""The ports of the follow graph, fake or real, for their contract suites: people, relations and counts."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from photo_core.domain.accounts import Account, NewAccount
from photo_core.fakes.account_deletions import FakeAccountDeletions
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.feed_state import FakeFeedStates
from photo_core.fakes.follows import FakeFollowRequests, FakeFollows, FakeRestrictions
from photo_core.ports.account_deletions import AccountDeletions
from photo_core.ports.accounts import Accounts
from photo_core.ports.feed_state import FeedStates
from photo_core.ports.follows import FollowRequests, Follows, Restrictions
from photo_core.stores.postgres.account_deletions import PostgresAccountDeletions
from photo_core.stores.postgres.accounts import PostgresAccounts
from photo_core.stores.postgres.feed_state import PostgresFeedStates
from photo_core.stores.postgres.follow_requests import PostgresFollowRequests
from photo_core.stores.postgres.follows import PostgresFollows
from photo_core.stores.postgres.restrictions import PostgresRestrictions
from tests.support.engines import postgres


@dataclass(frozen=True)
class Graph:
    """All ports over one follow graph."""

    accounts: Accounts
    follows: Follows
    requests: FollowRequests
    restrictions: Restrictions
    states: FeedStates
    deletions: AccountDeletions

    async def people(self, number: int) -> list[int]:
        """Register people and return their ids in order."""
        ids = sorted(secrets.randbits(62) for _ in range(number))
        for id_ in ids:
            await self.accounts.create(NewAccount(id_, f"u{secrets.token_hex(12)}", "$argon2id$x"))
        return ids

    async def account(self, user_id: int) -> Account:
        """Return the account of somebody who exists."""
        return (await self.accounts.get_many([user_id]))[user_id]

    async def counts(self, user_id: int) -> tuple[int, int]:
        """Return how many follow somebody, and how many they follow."""
        account = await self.account(user_id)
        return account.follower_count, account.following_count

    async def version(self, user_id: int) -> int:
        """Return the version of somebody's graph."""
        return (await self.follows.graph(user_id)).version

    async def followees(self, user_id: int) -> frozenset[int]:
        """Return whose posts stand in somebody's feed."""
        return (await self.follows.graph(user_id)).followees


@asynccontextmanager
async def open_graph(kind: str) -> AsyncIterator[Graph]:
    """Open the ports, `fake` or `real`."""
    if kind == "fake":
        yield fake_graph(FakeAccounts())
        return
    async with postgres() as pool:
        yield Graph(
            PostgresAccounts(pool),
            PostgresFollows(pool),
            PostgresFollowRequests(pool),
            PostgresRestrictions(pool),
            PostgresFeedStates(pool),
            PostgresAccountDeletions(pool),
        )


def fake_graph(accounts: FakeAccounts) -> Graph:
    """Return the ports in memory, over accounts in memory."""
    follows = FakeFollows(accounts)
    state = follows.state
    return Graph(
        accounts,
        follows,
        FakeFollowRequests(state),
        FakeRestrictions(state),
        FakeFeedStates(state),
        FakeAccountDeletions(state),
    )
