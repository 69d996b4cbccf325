"""Which reads of Cassandra may be made easier, and that no others can be: nothing but an answer rests on these."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from photo_core.stores import cassandra
from photo_core.stores.cassandra.counters import CassandraCounters
from photo_core.stores.cassandra.likes import CassandraLikes
from photo_core.stores.cassandra.posts import CassandraPosts

FOLDER = Path(cassandra.__path__[0])
MAY_BE_MADE_EASIER = {
    "counters.py": "which counts an answer outside of feeds shows",
    "likes.py": "which posts of a page the viewer likes",
    "posts.py": "the timeline of somebody else, for a page",
}


class Asked:
    """A session that notes how it is asked."""

    def __init__(self) -> None:
        self.to_show: list[str] = []
        self.at_quorum: list[str] = []

    async def execute(self, cql: str, _: Sequence[Any] = ()) -> list[Any]:
        self.at_quorum.append(cql)
        return []

    async def execute_to_show(self, cql: str, _: Sequence[Any] = ()) -> list[Any]:
        self.to_show.append(cql)
        return []


def test_each_store_that_may_has_one_place_where_it_does() -> None:
    used = {path.name: re.findall(r"_session\.execute_to_show", path.read_text()) for path in FOLDER.glob("*.py")}
    assert {name: len(found) for name, found in used.items() if found} == dict.fromkeys(MAY_BE_MADE_EASIER, 1)


async def test_posts_themselves_and_what_is_remembered_of_timelines_are_read_at_quorum() -> None:
    asked: Any = Asked()
    posts = CassandraPosts(asked)
    await posts.get_many([1])
    await posts.timeline(1, 2, 3)
    await posts.timelines([1], 2, 3)
    assert (len(asked.at_quorum), asked.to_show) == (3, [])
    await posts.timeline_to_show(1, 2, 3)
    assert asked.to_show == [asked.at_quorum[1]]


async def test_a_like_is_decided_at_quorum_and_shown_as_ordered() -> None:
    asked: Any = Asked()
    likes = CassandraLikes(asked)
    await likes.newest_liked(1, 2, 3)
    assert asked.to_show == []
    await likes.liked_by(1, [2])
    assert len(asked.to_show) == 1


async def test_counts_that_redis_keeps_are_read_at_quorum() -> None:
    asked: Any = Asked()
    counters = CassandraCounters(asked)
    await counters.get_many([1])
    assert asked.to_show == []
    await counters.to_show([1])
    assert asked.to_show == asked.at_quorum
