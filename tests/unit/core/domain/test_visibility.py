from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.posts import Post
from photo_core.domain.visibility import (
    Relation,
    may_meet,
    may_see_account,
    may_see_post,
    may_see_posts_of,
    stands_in_feed,
    without_deleted,
)

VIEWER, AUTHOR = 1, 2
STRANGER = Relation(VIEWER, AUTHOR)
PRIVATE = Relation(VIEWER, AUTHOR, private=True)
APPROVED = Relation(VIEWER, AUTHOR, private=True, following=True)
MUTED = Relation(VIEWER, AUTHOR, following=True, muted=True)
BLOCKER = Relation(VIEWER, AUTHOR, blocking=True)
BLOCKED = Relation(VIEWER, AUTHOR, blocked_by=True)
ONESELF = Relation(VIEWER, VIEWER, private=True)


@pytest.mark.parametrize(
    ("relation", "profile", "posts", "lists"),
    [
        pytest.param(STRANGER, True, True, True, id="a stranger"),
        pytest.param(PRIVATE, True, False, True, id="a private account"),
        pytest.param(APPROVED, True, True, True, id="an approved follower"),
        pytest.param(MUTED, True, True, True, id="somebody who muted"),
        pytest.param(BLOCKER, True, False, False, id="somebody who blocked"),
        pytest.param(BLOCKED, False, False, False, id="somebody who is blocked"),
        pytest.param(ONESELF, True, True, True, id="oneself"),
    ],
)
def test_who_may_see_what_of_whom(relation: Relation, profile: bool, posts: bool, lists: bool) -> None:  # noqa: FBT001
    assert may_see_account(relation) is profile
    assert may_see_posts_of(relation) is posts
    assert may_meet(relation) is lists


def test_nobody_sees_a_deleted_post_not_even_its_author() -> None:
    deleted = Post(7, AUTHOR, "", (), "", 0, deleted_at_ms=1)
    assert not may_see_post(deleted, STRANGER)
    assert not may_see_post(deleted, Relation(AUTHOR, AUTHOR))


class Facts(Struct, frozen=True):
    """A small world in plain sets."""

    follows: frozenset[tuple[int, int]]
    blocks: frozenset[tuple[int, int]]
    mutes: frozenset[tuple[int, int]]
    private: frozenset[int]
    deleted: bool

    def relation(self, viewer: int, author: int) -> Relation:
        return Relation(
            viewer_id=viewer,
            author_id=author,
            private=author in self.private,
            following=(viewer, author) in self.follows,
            blocking=(viewer, author) in self.blocks,
            blocked_by=(author, viewer) in self.blocks,
            muted=(viewer, author) in self.mutes,
        )

    def reasons_not_to_see(self, viewer: int, author: int) -> set[str]:
        """The oracle: why a post may not be seen."""
        reasons = {"deleted"} if self.deleted else set()
        if viewer != author:
            reasons |= {"blocked" for pair in ((viewer, author), (author, viewer)) if pair in self.blocks}
            reasons |= {"private"} if author in self.private and (viewer, author) not in self.follows else set()
        return reasons


people = st.integers(1, 3)
pairs = st.frozensets(st.tuples(people, people), max_size=6)
worlds = st.builds(Facts, pairs, pairs, pairs, st.frozensets(people), st.booleans())


@given(worlds)
def test_a_post_is_seen_exactly_if_nothing_speaks_against_it(facts: Facts) -> None:
    for viewer, author in product((1, 2, 3), repeat=2):
        post = Post(7, author, "", (), "", 0, deleted_at_ms=1 if facts.deleted else None)
        seen = may_see_post(post, facts.relation(viewer, author))
        assert seen is (facts.reasons_not_to_see(viewer, author) == set())


@given(worlds)
def test_whoever_sees_posts_sees_the_account(facts: Facts) -> None:
    for viewer, author in product((1, 2, 3), repeat=2):
        relation = facts.relation(viewer, author)
        assert may_see_account(relation) or not may_see_posts_of(relation)
        assert may_meet(relation) or not may_see_posts_of(relation)


def test_a_feed_holds_ones_own_and_followees_posts() -> None:
    graph = FollowGraph(VIEWER, 1, frozenset({AUTHOR}))
    assert [author for author in (VIEWER, AUTHOR, 3) if stands_in_feed(author, graph)] == [VIEWER, AUTHOR]


def test_deleted_followees_are_taken_out_of_a_graph_and_nothing_else() -> None:
    graph = FollowGraph(VIEWER, 7, frozenset({2, 3, 4}))
    assert without_deleted(graph, {3, 9}) == FollowGraph(VIEWER, 7, frozenset({2, 4}))
    assert without_deleted(graph, {9}) is graph
