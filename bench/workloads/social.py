"""The graph's people and their posts as rows; pure. `bench.feed.storing` writes them into the engines.

Numbers below the graph's size are its accounts, each with the same number of posts, one author after the other, so
that a feed's newest posts come from many authors. Two accounts stand beside the graph: the herald, whose followers
are told of quickly, and the celebrity, whose posts nobody may write into a million feeds.
"""

import random
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from bench.workloads.deliveries import account_id, post_id, post_ms
from bench.workloads.graph import SEED, Graph
from photo_core.domain.media import Media, MediaState, Variant
from photo_core.domain.posts import Post, PostMedia

HERALD = 2_000_000  # numbers beyond every account of the graph
CELEBRITY = 2_000_001
PULLERS = 2_100_000  # viewers who follow 200 accounts each
ADMIRERS = 3_000_000  # the celebrity's followers from here on, who never read
WIDTHS = {"thumbnail": 150, "small": 320, "medium": 640, "large": 1080, "original": 4000}
FEWEST_FOLLOWEES = 5  # a page of twenty posts and more
CAPTION = "The light went within a minute, and nobody on the pier moved."


class AccountRow(Struct, frozen=True, array_like=True):
    """The columns of an account that differ."""

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
    """Return an account that nobody can log in to."""
    return AccountRow(account_id(number), username(number), "!", followers, followees, 1, seen)


def graph_follows(graph: Graph) -> Iterator[tuple[int, int]]:
    """Yield the graph's follows as (follower id, followee id)."""
    for number, followees in enumerate(graph.followees):
        for followee in followees:
            yield account_id(number), account_id(followee)


def build_readers(graph: Graph, count: int) -> list[int]:
    """Return the numbers of those who read pages: any who follow enough for one, and all follow the celebrity too."""
    able = [number for number, followees in enumerate(graph.followees) if len(followees) >= FEWEST_FOLLOWEES]
    return random.Random(SEED).sample(able, min(count, len(able)))


def build_variants(media_id: int) -> tuple[Variant, ...]:
    """Return a photograph's variants."""
    return tuple(
        Variant(size, width, width * 3 // 4, "image/jpeg", width * 120, f"{media_id}/{size}.jpg")
        for size, width in WIDTHS.items()
    )


def build_media(media_id: int, owner: int) -> Media:
    """Return a READY media of an account's number."""
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
    """Return a post with one photograph."""
    own = post_id(number)
    media = PostMedia(media_id=own + 1, kind="photo", variants=build_variants(own + 1), alt_text="A pier at dusk")
    return Post(own, account_id(author), username(author), (media,), CAPTION, post_ms(number))
