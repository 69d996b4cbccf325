"""The cache of viewers in Redis: the head of the feed, the follow graph, and the newest likes.

Redis may lose any of it at any time, so values are returned raw and `photo_core.domain.feed` decides whether they
count. All values of a viewer are in one slot, so that one round trip reads them. Callers take the part that they need:
`FeedHeads`, `FeedDeliveries`, `FollowGraphCache`, `DeletionMarks`, or one of the combinations named for their caller.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.feed.head import FeedHead

FENCE_SECONDS = 60  # longer than a change or the storing of a graph that was read before it can take


class CachedViewer(Struct, frozen=True):
    """The values that Redis holds about a viewer, and the life of the master that returned them.

    `head` and `liked` are for `whole_head`, with the current versions of graph and likes. `graph` is the follow graph
    at its version, which is the current graph only if that is the current version.
    """

    head: bytes | None
    epoch: str
    graph: FollowGraph | None = None
    liked: bytes | None = None


class Graft(Struct, frozen=True):
    """A new followee's newest posts for a head, and how far down they are complete; 0 when they are all."""

    post_ids: tuple[int, ...] = ()
    complete_down_to: int = 0


class FeedHeads(Protocol):
    """The heads of feeds, and their rebuild. Any method may raise `EngineUnavailable`."""

    async def read(self, viewer_id: int) -> CachedViewer:
        """Return all values of a viewer in one round trip; reading does not extend their TTL."""
        ...

    async def keep_alive(self, viewer_id: int) -> None:
        """Extend the TTL of a viewer's values to `inactive_after_days`.

        Call it once the viewer's `last_seen` is stored: the values of viewers who are away must not be read.
        """
        ...

    async def begin_rebuild(self, viewer_id: int) -> str:
        """Mark a feed as building, keep posts that arrive from now on, and return the nonce to finish with.

        A running rebuild is joined: both callers get the same nonce, and the first to finish wins.
        """
        ...

    async def finish_rebuild(self, viewer_id: int, nonce: str, head: FeedHead, graph_version: int) -> bool:
        """Merge the rebuilt head with what has arrived; False if another rebuild or a loss came between."""
        ...


class FeedDeliveries(Protocol):
    """Appends posts to the feeds of followers. Any method may raise `EngineUnavailable`."""

    async def append(self, post_id: int, followers: Sequence[int]) -> None:
        """Add a post to the feeds that exist; idempotent as readers see it.

        Raises:
            EngineUnavailable: at least one feed may lack the post; the same call again is safe.
        """
        ...

    async def append_many(self, deliveries: Mapping[int, Sequence[int]]) -> None:
        """Add posts, by id, to the feeds of their followers: `append` of each, in fewer and larger writes.

        Raises:
            EngineUnavailable: at least one feed may lack a post; the same call again is safe.
        """
        ...

    async def probe(self) -> None:
        """Ask every master whether it serves, and whether all slots are served."""
        ...


class FollowGraphCache(Protocol):
    """Follow graphs, and the fences of changes about to be made. Any method may raise `EngineUnavailable`."""

    async def remember_graph(self, graph: FollowGraph) -> None:
        """Keep whom a viewer follows, unless a newer version is kept or a fence stands above it."""
        ...

    async def fence_graph(self, viewer_id: int, version: int) -> None:
        """Drop the graph that is kept, and keep none that lacks the change about to be made.

        Call it before each change of a graph, with a version that PostgreSQL has told since the call began. So the
        graph that is kept has every change that was answered. A fence ends by itself after `FENCE_SECONDS`, or as soon
        as a graph is kept that has all changes that were fenced.
        """
        ...

    async def unfence_graph(self, viewer_id: int) -> None:
        """Remove one fence: the change that it was for was not made and never will be."""
        ...

    async def advance(self, graph: FollowGraph, graft: Graft) -> None:
        """Keep the graph, and update a head that is whole at the previous version to it.

        Any other head is left as it is. Read the graft's timeline after the follow has committed.
        """
        ...


class DeletionMarks(Protocol):
    """Recently deleted accounts, for pages without PostgreSQL. Any method may raise `EngineUnavailable`."""

    async def mark_deleted(self, user_id: int) -> None:
        """Mark an account as deleted, for a day or until `unmark_deleted`; call it again for as long as it matters."""
        ...

    async def unmark_deleted(self, user_id: int) -> None:
        """Remove such a mark: nothing is left that could show the account."""
        ...

    async def marked_deleted(self) -> frozenset[int]:
        """Return the accounts that are marked; an account in none of them may be deleted too, if the mark was lost."""
        ...


class FeedRebuildCache(FeedHeads, FollowGraphCache, Protocol):
    """What the worker that rebuilds feeds writes: heads, and the graphs that they were built from."""


class ViewerCache(FeedHeads, FollowGraphCache, DeletionMarks, Protocol):
    """What a page reads about its viewer."""


class FeedCache(FeedRebuildCache, ViewerCache, FeedDeliveries, Protocol):
    """All of it, as one store implements it. Only composition takes it whole."""


class FeedCacheLives(Protocol):
    """Tells whether feeds were lost, without reading any of them."""

    async def fingerprint(self) -> str:
        """Return a text of at most 64 characters that differs once feeds may have been lost.

        Raises:
            EngineUnavailable: not every master answers; ask again.
        """
        ...


class LikedCache(Protocol):
    """The newest posts that a viewer likes, kept as a feed head is. Any method may raise `EngineUnavailable`."""

    async def add(self, viewer_id: int, post_id: int) -> None:
        """Add a post to the likes that are kept; call it after the like is stored."""
        ...

    async def forget(self, viewer_id: int) -> None:
        """Drop what is kept, and any rebuild under way; call it after a like was taken back."""
        ...

    async def begin_rebuild(self, viewer_id: int) -> str:
        """Mark the likes as building, keep what arrives from now on, and return the nonce to finish with."""
        ...

    async def finish_rebuild(self, viewer_id: int, nonce: str, head: FeedHead, version: int) -> bool:
        """Merge the likes read from the truth with what has arrived; False if something came between.

        `version` is that of the viewer's likes, read before them.
        """
        ...
