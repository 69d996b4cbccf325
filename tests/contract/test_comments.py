"""What every Comments does."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from photo_core.domain.ids import MAX_ID
from photo_core.domain.interactions import Comment, Membership
from photo_core.fakes.interactions import FakeComments
from photo_core.fakes.posts import FakeOutbox
from photo_core.ports.comments import Comments
from photo_core.stores.cassandra.comments import CassandraComments
from tests.support.engines import cassandra

AT_MS = 1_800_000_000_000


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def comments(request: pytest.FixtureRequest) -> AsyncIterator[Comments]:
    if request.param == "fake":
        yield FakeComments(FakeOutbox())
        return
    async with cassandra() as session:
        yield CassandraComments(session)


@pytest.fixture
def post() -> int:
    return secrets.randbits(62)


def on(post: int) -> Comment:
    return Comment(secrets.randbits(62), post, 7, "ada", "what a lake 🌊", AT_MS)


async def stored(comments: Comments, post: int, count: int) -> list[Comment]:
    """Return comments as a page shows them."""
    made = [on(post) for _ in range(count)]
    for comment in made:
        await comments.create(comment)
    return sorted(made, key=lambda comment: comment.comment_id, reverse=True)


async def test_a_comment_is_read_as_it_was_made(comments: Comments, post: int) -> None:
    (comment,) = await stored(comments, post, 1)
    assert await comments.get(comment.comment_id) == comment
    assert await comments.get(comment.comment_id ^ 1) is None
    assert await comments.page(post, MAX_ID, 5) == [comment]


async def test_pages_are_newest_first_below_an_id(comments: Comments, post: int) -> None:
    made = await stored(comments, post, 3)
    assert await comments.page(post, MAX_ID, 2) == made[:2]
    assert await comments.page(post, made[1].comment_id, 2) == made[2:]


async def test_a_create_that_is_repeated_changes_nothing(comments: Comments, post: int) -> None:
    (comment,) = await stored(comments, post, 1)
    await comments.create(comment)
    assert await comments.count(post, 5) == 1


async def test_of_many_deletes_one_counts_and_a_late_create_undoes_none(comments: Comments, post: int) -> None:
    (comment,) = await stored(comments, post, 1)
    assert not await comments.was_deleted(comment.comment_id)
    assert sum(await asyncio.gather(*(comments.delete(comment) for _ in range(3)))) == 1
    assert await comments.was_deleted(comment.comment_id)
    await comments.create(comment)
    assert await comments.get(comment.comment_id) is None
    assert await comments.page(post, MAX_ID, 5) == []
    assert await comments.count(post, 5) == 0


async def test_an_authors_comments_are_read_under_every_post_until_they_are_deleted(comments: Comments) -> None:
    author = secrets.randbits(62)
    made = [replace(on(secrets.randbits(62)), author_id=author) for _ in range(3)]
    newest, middle, oldest = sorted(made, key=lambda comment: comment.comment_id, reverse=True)
    for comment in (*made, on(secrets.randbits(62))):
        await comments.create(comment)
    assert await comments.by_author(author, MAX_ID, 2) == [newest, middle]
    await comments.delete(middle)
    await comments.create(middle)
    assert await comments.by_author(author, newest.comment_id, 5) == [oldest]


async def test_comments_are_counted(comments: Comments, post: int) -> None:
    assert await comments.members(post) == Membership()
    made = await stored(comments, post, 4)
    assert await comments.count(post, 4) == 4
    assert await comments.count(post, 3) is None
    before = await comments.members(post)
    assert before.count == 4
    await comments.delete(made[0])
    await stored(comments, post, 1)
    after = await comments.members(post)
    assert (after.count, after.fingerprint != before.fingerprint) == (4, True)
