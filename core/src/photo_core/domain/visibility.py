"""The one answer to: may this viewer see this account, these posts, this post now? Every surface asks here.

A surface about one author asks with the `Relation` of now (photo_app.visibility reads it); a feed asks with the
viewer's `FollowGraph`, from which blocks and mutes have already removed whom they concern. What may not be seen is
answered as if it were absent.
"""

from collections.abc import Set as AbstractSet

from msgspec import Struct, structs

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.posts import Post


class Relation(Struct, frozen=True):
    """How a viewer stands to an author, and whether the author's account is private; read in one snapshot."""

    viewer_id: int
    author_id: int
    private: bool = False
    following: bool = False
    blocking: bool = False
    blocked_by: bool = False
    muted: bool = False

    @property
    def blocked(self) -> bool:
        """Whether a block stands between the two, whoever made it."""
        return self.blocking or self.blocked_by

    @property
    def oneself(self) -> bool:
        """Whether the author is the viewer."""
        return self.viewer_id == self.author_id


def may_see_account(relation: Relation) -> bool:
    """Return whether a profile is shown: the person who made a block still sees it, to be able to undo it."""
    return relation.oneself or not relation.blocked_by


def may_meet(relation: Relation) -> bool:
    """Return whether an account stands in lists and comments that the viewer reads: no block between the two."""
    return relation.oneself or not relation.blocked


def may_see_posts_of(relation: Relation) -> bool:
    """Return whether an author's posts, followers and followees are shown; a mute concerns feeds only."""
    return relation.oneself or (not relation.blocked and (relation.following or not relation.private))


def may_see_post(post: Post, relation: Relation) -> bool:
    """Return whether a post is shown outside of feeds."""
    return post.deleted_at_ms is None and may_see_posts_of(relation)


def stands_in_feed(author_id: int, graph: FollowGraph) -> bool:
    """Return whether an author's posts stand in the viewer's feed: the viewer's own, and those of followees."""
    return author_id == graph.viewer_id or author_id in graph.followees


def without_deleted(graph: FollowGraph, deleted: AbstractSet[int]) -> FollowGraph:
    """Return a graph without the followees whose accounts are deleted: their follows are removed only by and by."""
    if graph.followees.isdisjoint(deleted):
        return graph
    return structs.replace(graph, followees=graph.followees - deleted)
