"""Writes the accounts and posts of `bench.workloads.social` to PostgreSQL and Cassandra, in bulk.

Called once per run, before the first figure that needs engines. The rows are those that the platform's own stores would
write, without the events.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import asyncpg
import msgspec
from cassandra.query import BatchStatement, BatchType

from bench.feed.context import Bench
from bench.workloads import social
from bench.workloads.deliveries import account_id, post_id, post_ms
from bench.workloads.social import AccountRow
from hack.steps import step
from photo_core.clock import SystemClock
from photo_core.domain.posts import Post
from photo_core.engines.cassandra import cassandra_settings
from photo_core.engines.postgres import postgres_settings
from photo_core.stores.cassandra.media import CassandraMediaRecords
from photo_core.stores.cassandra.session import CassandraSession, build_cluster

POSTS_A_BATCH = 20
BATCHES_AT_ONCE = 8  # more overflows the driver's socket
PULLED = 200  # accounts that a puller follows
Batch = list[tuple[Any, tuple[Any, ...]]]
POST = (
    "INSERT INTO posts (post_id, author_id, username, media, caption, location, tagged_users, created_at_ms)"
    " VALUES (?, ?, ?, ?, ?, 'null', '[]', ?) USING TIMESTAMP ?"
)
TIMELINE = "INSERT INTO author_timeline (author_id, post_id) VALUES (?, ?) USING TIMESTAMP ?"
ADMIRERS = """
INSERT INTO follows (follower_id, followee_id) SELECT $1::bigint + n * $2::bigint, $3 FROM generate_series(0, $4 - 1) n
"""


def store_people_and_posts(bench: Bench) -> None:
    """Fill the provisioned engines."""
    with step(f"store {bench.graph.accounts:,} accounts and {bench.graph.follows:,} follows"):
        asyncio.run(_store_people(bench))
    with step(f"store {bench.graph.accounts * bench.scale.posts_an_author:,} posts"):
        _store_posts(bench)
    asyncio.run(_store_media(bench))


def herald_followers(bench: Bench) -> range:
    """Return the numbers of the herald's followers."""
    return range(bench.scale.pipeline_followers)


def pulled_authors(place: int) -> range:
    """Return the accounts that the n-th puller follows: 200 that no other puller follows."""
    return range(place * PULLED, (place + 1) * PULLED)


def media_of(author: int) -> int:
    """Return the id of the READY media of the herald or the celebrity."""
    return account_id(author) + 1


async def _store_people(bench: Bench) -> None:
    connection = await asyncpg.connect(postgres_settings(bench.source).uri)
    try:
        await connection.copy_records_to_table(
            "accounts", records=_account_records(bench), columns=AccountRow.__struct_fields__
        )
        await connection.copy_records_to_table(
            "follows", records=_follow_records(bench), columns=("follower_id", "followee_id")
        )
        first, second = account_id(social.ADMIRERS), account_id(social.ADMIRERS + 1)
        celebrity = account_id(social.CELEBRITY)
        await connection.execute(ADMIRERS, first, second - first, celebrity, bench.scale.celebrity_followers)
        await connection.execute("ANALYZE accounts, follows")
    finally:
        await connection.close()


def _account_records(bench: Bench) -> list[tuple[Any, ...]]:
    """Return the accounts of the graph, the followers of the herald, the herald and the celebrity."""
    seen = datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC)
    graph, heralded = bench.graph, bench.scale.pipeline_followers
    rows = [
        social.build_account(
            number,
            len(graph.followers[number]) if number < graph.accounts else 0,
            (len(graph.followees[number]) if number < graph.accounts else 0) + (number < heralded),
            seen,
        )
        for number in range(max(graph.accounts, heralded))
    ]
    rows += [social.build_account(social.PULLERS + n, 0, PULLED, seen) for n in range(bench.scale.pull_viewers)]
    rows.append(social.build_account(social.HERALD, heralded, 0, seen))
    rows.append(social.build_account(social.CELEBRITY, bench.scale.celebrity_followers, 0, seen))
    return [msgspec.structs.astuple(row) for row in rows]


def _follow_records(bench: Bench) -> Iterator[tuple[int, int]]:
    yield from social.graph_follows(bench.graph)
    for number in herald_followers(bench):
        yield account_id(number), account_id(social.HERALD)
    for number in social.build_readers(bench.graph, bench.scale.viewers):
        yield account_id(number), account_id(social.CELEBRITY)
    for place in range(bench.scale.pull_viewers):
        for followee in pulled_authors(place):
            yield account_id(social.PULLERS + place), account_id(followee)


def _store_posts(bench: Bench) -> None:
    """Write posts in batches, and the timeline of each author as one batch on its partition."""
    with session(bench) as cassandra:
        insert, enter = cassandra.prepare(POST), cassandra.prepare(TIMELINE)
        posts = social.build_posts(bench.graph.accounts, bench.scale.posts_an_author)
        batches = iter(lambda: list(islice(posts, POSTS_A_BATCH)), [])
        _write(cassandra, ([(insert, post_row(post)) for post in some] for some in batches))
        _write(
            cassandra, ([(enter, row) for row in _timeline(bench, author)] for author in range(bench.graph.accounts))
        )


@contextlib.contextmanager
def session(bench: Bench) -> Iterator[Any]:
    """Connect to the benchmark's keyspace."""
    settings = cassandra_settings(bench.source)
    cluster = build_cluster(settings)
    try:
        yield cluster.connect(settings.keyspace)
    finally:
        cluster.shutdown()


def _write(cassandra: Any, batches: Iterator[Batch]) -> None:
    """Write unlogged batches, several concurrently."""
    while some := list(islice(batches, BATCHES_AT_ONCE)):
        for future in [cassandra.execute_async(_unlogged(statements)) for statements in some]:
            future.result()


def _unlogged(statements: Batch) -> BatchStatement:
    batch = BatchStatement(BatchType.UNLOGGED)
    for statement, values in statements:
        batch.add(statement, values)
    return batch


def post_row(post: Post) -> tuple[Any, ...]:
    """Return the values of POST."""
    media = msgspec.json.encode(post.media).decode()
    return (
        *(post.post_id, post.author_id, post.username, media, post.caption),
        *(post.created_at_ms, post.created_at_ms * 1000),
    )


def _timeline(bench: Bench, author: int) -> list[tuple[int, int, int]]:
    numbers = range(author, bench.graph.accounts * bench.scale.posts_an_author, bench.graph.accounts)
    return [(account_id(author), post_id(number), post_ms(number) * 1000) for number in numbers]


async def _store_media(bench: Bench) -> None:
    """Store a photo that the herald and the celebrity can post."""
    cassandra = CassandraSession(cassandra_settings(bench.source))
    records = CassandraMediaRecords(cassandra)
    try:
        for author in (social.HERALD, social.CELEBRITY):
            await records.save(social.build_media(media_of(author), author))
    finally:
        await cassandra.close()
