"""Deliveries to write: posts of authors of the graph, each with its followers. Pure except for the file.

Called by the figures that write feeds. Authors are drawn in proportion to their followers, because accounts with more
followers post more. A file has one JSON object per line, one for each post; ids are strings, because they exceed the
range of a JavaScript number.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from bench.workloads.graph import SEED, Graph
from photo_core.domain.ids import compose

RANGE_FOLLOWERS = 1_000
FIRST_MS = 1_750_000_000_000
POST_WORKER = 7
ACCOUNT_WORKER = 8
Item = TypeVar("Item")


class Delivery(Struct, frozen=True):
    """One post and the followers who receive it; `score` is its time in Unix milliseconds."""

    post_id: str
    score: int
    followers: tuple[str, ...]


def account_id(number: int) -> int:
    """Return the account id of a number in the graph: a snowflake id of realistic length."""
    return compose(FIRST_MS - 10_000_000_000 + number, ACCOUNT_WORKER, 0)


def post_id(number: int) -> int:
    """Return the id of a post number; posts are one second apart."""
    return compose(post_ms(number), POST_WORKER, 0)


def post_ms(number: int) -> int:
    """Return the creation time of a post number, in Unix milliseconds."""
    return FIRST_MS + number * 1_000


def build_deliveries(graph: Graph, count: int, first_post: int, first_account: int = 0) -> list[Delivery]:
    """Return posts with at least `count` deliveries in all, in messages of at most a thousand followers.

    Args:
        graph: the follow graph.
        count: minimum number of deliveries.
        first_post: the number of the first post.
        first_account: added to every follower's number.
    """
    chance = random.Random(SEED)
    weights = list(accumulate(map(len, graph.followers)))
    ids = [str(account_id(first_account + number)) for number in range(graph.accounts)]
    made: list[Delivery] = []
    written, post = 0, first_post
    while written < count:
        (author,) = chance.choices(range(graph.accounts), cum_weights=weights)
        followers = graph.followers[author]
        made.extend(
            Delivery(str(post_id(post)), post_ms(post), tuple(ids[number] for number in chunk))
            for chunk in chunks(followers, RANGE_FOLLOWERS)
        )
        written += len(followers)
        post += 1
    return made


def chunks(values: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Split a sequence into chunks."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def save(deliveries: Sequence[Delivery], path: Path) -> None:
    """Write the file that every writer reads before the measurement."""
    path.write_bytes(b"\n".join(msgspec.json.encode(delivery) for delivery in deliveries))


def load(path: Path) -> list[Delivery]:
    """Read the file back."""
    return [msgspec.json.decode(line, type=Delivery) for line in path.read_bytes().splitlines()]
