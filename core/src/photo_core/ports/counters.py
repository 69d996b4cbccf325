"""Counts of posts, and which posts to count again; Cassandra holds both."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from photo_core.domain.interactions import Tally


class Counters(Protocol):
    """One row a post, written by the worker `interaction-counter` alone."""

    async def get_many(self, post_ids: Collection[int]) -> Mapping[int, Tally]:
        """Return the tallies that exist, by post."""
        ...

    async def to_show(self, post_ids: Collection[int]) -> Mapping[int, Tally]:
        """Return the same for an answer: while reads are made easier it may lack the latest changes."""
        ...

    async def store(self, tallies: Sequence[Tally]) -> None:
        """Store tallies; one of a lower position never overwrites one of a higher."""
        ...


class Touches(Protocol):
    """Posts that are about to be liked or commented on, by the minute: what the reconciler looks at."""

    async def touch(self, post_id: int, at_ms: int) -> None:
        """Remember, before its membership changes, that a post's counts may have to be mended."""
        ...

    async def touched(self, minute: int) -> list[int]:
        """Return the posts touched within a minute (Unix minutes); kept for two days."""
        ...

    async def post_ids(self, after_token: int, limit: int) -> tuple[list[int], int | None]:
        """Return some posts of all there are, and the token to go on after, or None at the end."""
        ...

    async def progress(self, name: str) -> int | None:
        """Return how far a scan has come, or None if it never ran."""
        ...

    async def advance(self, name: str, to: int) -> None:
        """Remember how far a scan has come."""
        ...
