"""The people of the scenarios: registered one by one through the API, or in bulk straight into PostgreSQL.

Bulk people cannot sign in; they exist to be followers, so that a burst has somebody to reach.
"""

import asyncio
from collections.abc import Sequence

from hack.scenarios.api import Person, PhotoApi
from hack.scenarios.cluster import ENGINES, Cluster

AT_ONCE = 8
# ids of 2024, below anything that is minted today
FIRST_BULK_ID = 1_000_000

BULK_FOLLOWERS = """
WITH wanted AS (SELECT {first} + n AS id FROM generate_series(0, {count} - 1) AS n),
people AS (
    INSERT INTO accounts (user_id, username, password_hash)
    SELECT id, 'bulk_' || id, '!' FROM wanted ON CONFLICT DO NOTHING
),
followed AS (
    INSERT INTO follows (follower_id, followee_id)
    SELECT id, {author} FROM wanted ON CONFLICT DO NOTHING RETURNING follower_id
)
UPDATE accounts SET follower_count = follower_count + (SELECT count(*) FROM followed) WHERE user_id = {author};
"""


async def register_all(api: PhotoApi, stems: Sequence[str]) -> list[Person]:
    """Register people a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def register(stem: str) -> Person:
        async with gate:
            return await api.register(stem)

    return await asyncio.gather(*(register(stem) for stem in stems))


async def follow_all(api: PhotoApi, followers: Sequence[Person], followees: Sequence[Person]) -> None:
    """Make each follow each, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def follow(follower: Person, followee: Person) -> None:
        async with gate:
            await api.follow(follower, followee)

    await asyncio.gather(*(follow(one, other) for one in followers for other in followees))


def seed_followers(cluster: Cluster, author: Person, count: int) -> None:
    """Give an author followers in bulk; the same people follow every author."""
    statement = BULK_FOLLOWERS.format(first=FIRST_BULK_ID, count=count, author=int(author.user_id))
    pod = cluster.engine("postgres")[0].name
    login = 'PGPASSWORD="$(cat /etc/credentials/password)" PGUSER="$(cat /etc/credentials/username)"'
    shell = f'{login} psql -h 127.0.0.1 -d "$(cat /etc/credentials/database)" -v ON_ERROR_STOP=1 -q -c "$0"'
    printed = cluster.run(ENGINES, pod, ["sh", "-c", shell, statement])
    if "ERROR" in printed:
        raise AssertionError(printed)
