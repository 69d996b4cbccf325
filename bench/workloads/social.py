"""Accounts and posts of the graph as database rows. Pure; `bench.feed.storing` writes them to the engines.

Numbers below the size of the graph are its accounts. Each has the same number of posts, created in turn, so that the
newest posts of a feed come from many authors. Two accounts are not in the graph: the herald, with 9,999 followers,
whose posts measure the delivery time, and the celebrity, with a million followers, whose posts are pulled.
"""

import random
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from bench.workloads.deliveries import account_id, post_id, post_ms
from bench.workloads.graph import SEED, Graph
from photo_core.domain.media import Media, MediaState, Variant
from photo_core.domain.posts import Post, PostMedia

HERALD = 2_000_000  # a number above all accounts of the graph
CELEBRITY = 2_000_001
PULLERS = 2_100_000  # viewers who follow 200 accounts each
ADMIRERS = 3_000_000  # numbers of the celebrity's followers start here; they never read
WIDTHS = {"thumbnail": 150, "small": 320, "medium": 640, "large": 1080, "original": 4000}
FEWEST_FOLLOWEES = 5  # enough for a page of twenty posts
CAPTION = "The light went within a minute, and nobody on the pier moved."


class AccountRow(Struct, frozen=True, array_like=True):
    """The columns in which accounts differ."""

    user_id: int
    username: str
    password_hash: str
    follower_count: int
    following_count: int
    graph_version: int
    last_seen_at: datetime


def username(number: int) -> str:
    """Return the name of an account."""
    return f"someone_{number}"


def build_account(number: int, followers: int, followees: int, seen: datetime) -> AccountRow:
    """Return an account without a usable password."""
    return AccountRow(account_id(number), username(number), "!", followers, followees, 1, seen)


def graph_follows(graph: Graph) -> Iterator[tuple[int, int]]:
    """Yield the graph's follows as (follower id, followee id)."""
    for number, followees in enumerate(graph.followees):
        for followee in followees:
            yield account_id(number), account_id(followee)


def build_readers(graph: Graph, count: int) -> list[int]:
    """Return readers: accounts that follow enough others for a page; they all follow the celebrity too."""
    able = [number for number, followees in enumerate(graph.followees) if len(followees) >= FEWEST_FOLLOWEES]
    return random.Random(SEED).sample(able, min(count, len(able)))


def build_variants(media_id: int) -> tuple[Variant, ...]:
    """Return the variants of a photo."""
    return tuple(
        Variant(size, width, width * 3 // 4, "image/jpeg", width * 120, f"{media_id}/{size}.jpg")
        for size, width in WIDTHS.items()
    )


def build_media(media_id: int, owner: int) -> Media:
    """Return READY media of an account."""
    return Media(
        media_id=media_id,
        owner_id=account_id(owner),
        content_type="image/jpeg",
        size_bytes=480_000,
        object_key=f"{media_id}",
        created_at_ms=post_ms(0),
        state=MediaState.READY,
        progress=100,
        variants=build_variants(media_id),
    )


def build_posts(accounts: int, posts_an_author: int) -> Iterator[Post]:
    """Yield every post of the graph's accounts, oldest first."""
    for number in range(accounts * posts_an_author):
        yield build_post(number, number % accounts)


def build_post(number: int, author: int) -> Post:
    """Return a post with one photo."""
    own = post_id(number)
    media = PostMedia(media_id=own + 1, kind="photo", variants=build_variants(own + 1), alt_text="A pier at dusk")
    return Post(own, account_id(author), username(author), (media,), CAPTION, post_ms(number))
