"""Pull ranges that a pod of the version before writes during a rollout are told to pods of this one."""

import secrets

import pytest

from photo_core.domain.accounts import PullRange
from photo_core.stores.postgres.feed_state import PostgresFeedStates
from tests.support.engines import postgres

pytestmark = pytest.mark.real
OPEN = """
INSERT INTO pull_ranges (author_id, from_id) VALUES ($1, $2)
ON CONFLICT (author_id) WHERE to_id IS NULL DO UPDATE SET from_id = LEAST(pull_ranges.from_id, EXCLUDED.from_id)
"""
CLOSE = "UPDATE pull_ranges SET to_id = $2 WHERE author_id = $1 AND to_id IS NULL"


async def test_ranges_that_the_version_before_opens_moves_and_closes_are_told() -> None:
    author = secrets.randbits(62)
    async with postgres() as pool:
        states = PostgresFeedStates(pool)
        for statement, bound, expected in (
            (OPEN, 100, PullRange(author, 100)),
            (OPEN, 90, PullRange(author, 90)),
            (CLOSE, 150, PullRange(author, 90, 150)),
        ):
            since = (await states.versions([])).state
            async with pool.connection() as connection:
                await connection.execute(statement, author, bound)
            changes = await states.changes_since(since)
            assert changes.version > since
            assert [range_ for range_ in changes.pull_ranges if range_.author_id == author] == [expected]
