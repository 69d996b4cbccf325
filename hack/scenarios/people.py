"""Creates the users of scenarios: a few through the API, or many directly in PostgreSQL.

Users that were created in bulk cannot log in; they are only followers.
"""

import asyncio
from collections.abc import Sequence

from hack.scenarios.api import Person, PhotoApi
from hack.scenarios.cluster import ENGINES, Cluster

CONCURRENCY = 8
# below all ids that the platform generates
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
    """Register users concurrently, and return them in order."""
    limit = asyncio.Semaphore(CONCURRENCY)

    async def register(stem: str) -> Person:
        async with limit:
            return await api.register(stem)

    return await asyncio.gather(*(register(stem) for stem in stems))


async def follow_all(api: PhotoApi, followers: Sequence[Person], followees: Sequence[Person]) -> None:
    """Make each follower follow each followee, concurrently."""
    limit = asyncio.Semaphore(CONCURRENCY)

    async def follow(follower: Person, followee: Person) -> None:
        async with limit:
            await api.follow(follower, followee)

    await asyncio.gather(*(follow(one, other) for one in followers for other in followees))


def seed_followers(cluster: Cluster, author: Person, count: int) -> None:
    """Give an author this many followers; all authors share the same ones."""
    statement = BULK_FOLLOWERS.format(first=FIRST_BULK_ID, count=count, author=int(author.user_id))
    pod = cluster.engine("postgres")[0].name
    login = 'PGPASSWORD="$(cat /etc/credentials/password)" PGUSER="$(cat /etc/credentials/username)"'
    shell = f'{login} psql -h 127.0.0.1 -d "$(cat /etc/credentials/database)" -v ON_ERROR_STOP=1 -q -c "$0"'
    printed = cluster.run(ENGINES, pod, ["sh", "-c", shell, statement])
    if "ERROR" in printed:
        raise AssertionError(printed)
