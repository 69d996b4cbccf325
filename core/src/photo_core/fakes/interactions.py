"""Cassandra's likes, comments, saves and counters in memory; away together with a `FakeOutbox`."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from photo_core.domain.interactions import Comment, Membership, Tally
from photo_core.fakes.posts import FakeOutbox

MINUTE_MS = 60_000


class FakeLikes:
    """Who likes what."""

    def __init__(self, outbox: FakeOutbox) -> None:
        self._outbox = outbox
        self._members: defaultdict[int, set[int]] = defaultdict(set)
        self._by_user: defaultdict[int, set[int]] = defaultdict(set)
        self.spread_posts: set[int] = set()

    async def like(self, post_id: int, user_id: int, at_ms: int) -> bool:  # noqa: ARG002 - the port's
        """Make a user like a post; True only on a real transition."""
        self._outbox.require()
        new = user_id not in self._members[post_id]
        self._members[post_id].add(user_id)
        return new

    async def unlike(self, post_id: int, user_id: int) -> bool:
        """Undo a like; True only on a real transition."""
        self._outbox.require()
        there = user_id in self._members[post_id]
        self._members[post_id].discard(user_id)
        return there

    async def liked(self, post_id: int, user_id: int) -> bool:
        """Return whether a user likes a post."""
        self._outbox.require()
        return user_id in self._members[post_id]

    async def spread(self, post_id: int) -> None:
        """Remember that a post is hot."""
        self._outbox.require()
        self.spread_posts.add(post_id)

    async def count(self, post_id: int, at_most: int) -> int | None:
        """Return the exact number of likes, or None when it is above `at_most`."""
        self._outbox.require()
        count = len(self._members[post_id])
        return count if count <= at_most else None

    async def members(self, post_id: int) -> Membership:
        """Count all likes of a post."""
        self._outbox.require()
        return _membership(self._members[post_id])

    async def remember(self, user_id: int, post_id: int, at_ms: int) -> None:  # noqa: ARG002 - the port's
        """Keep a like by its user."""
        self._outbox.require()
        self._by_user[user_id].add(post_id)

    async def forget(self, user_id: int, post_id: int) -> None:
        """Take a like from its user's."""
        self._outbox.require()
        self._by_user[user_id].discard(post_id)

    async def liked_by(self, user_id: int, post_ids: Collection[int]) -> frozenset[int]:
        """Return which of these posts a user likes."""
        self._outbox.require()
        return frozenset(self._by_user[user_id].intersection(post_ids))

    async def newest_liked(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return the ids of posts that a user likes, highest first."""
        self._outbox.require()
        return _page(self._by_user[user_id], before_id, limit)

    def erase(self, post_id: int) -> None:
        """Forget a post's likes."""
        self._members.pop(post_id, None)
        for post_ids in self._by_user.values():
            post_ids.discard(post_id)


class FakeComments:
    """Comments by id."""

    def __init__(self, outbox: FakeOutbox) -> None:
        self._outbox = outbox
        self._comments: dict[int, Comment] = {}
        self._deleted: set[int] = set()

    async def create(self, comment: Comment) -> None:
        """Store a comment; never undoes a delete."""
        self._outbox.require()
        if comment.comment_id not in self._deleted:
            self._comments[comment.comment_id] = comment

    async def get(self, comment_id: int) -> Comment | None:
        """Return a comment, or None."""
        self._outbox.require()
        return self._comments.get(comment_id)

    async def delete(self, comment: Comment) -> bool:
        """Delete a comment; True for the one call that has."""
        self._outbox.require()
        self._comments.pop(comment.comment_id, None)
        first = comment.comment_id not in self._deleted
        self._deleted.add(comment.comment_id)
        return first

    async def was_deleted(self, comment_id: int) -> bool:
        """Return whether a comment was deleted."""
        self._outbox.require()
        return comment_id in self._deleted

    async def page(self, post_id: int, before_id: int, limit: int) -> list[Comment]:
        """Return a post's comments, newest first."""
        self._outbox.require()
        return [self._comments[id_] for id_ in _page(self._of(post_id), before_id, limit)]

    async def by_author(self, author_id: int, before_id: int, limit: int) -> list[Comment]:
        """Return an author's comments, newest first."""
        self._outbox.require()
        own = [id_ for id_, comment in self._comments.items() if comment.author_id == author_id]
        return [self._comments[id_] for id_ in _page(own, before_id, limit)]

    async def count(self, post_id: int, at_most: int) -> int | None:
        """Return the exact number of a post's comments, or None when it is above `at_most`."""
        self._outbox.require()
        count = len(self._of(post_id))
        return count if count <= at_most else None

    async def members(self, post_id: int) -> Membership:
        """Count all comments of a post."""
        self._outbox.require()
        return _membership(self._of(post_id))

    def erase(self, post_id: int) -> None:
        """Forget a post's comments."""
        for comment_id in self._of(post_id):
            del self._comments[comment_id]

    def _of(self, post_id: int) -> list[int]:
        return [id_ for id_, comment in self._comments.items() if comment.post_id == post_id]


class FakeSaves:
    """Saved posts by user."""

    def __init__(self, outbox: FakeOutbox) -> None:
        self._outbox = outbox
        self._saved: defaultdict[int, set[int]] = defaultdict(set)

    async def save(self, user_id: int, post_id: int) -> None:
        """Keep a post."""
        self._outbox.require()
        self._saved[user_id].add(post_id)

    async def unsave(self, user_id: int, post_id: int) -> None:
        """Keep a post no longer."""
        self._outbox.require()
        self._saved[user_id].discard(post_id)

    async def page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return the ids of a user's saved posts, highest first."""
        self._outbox.require()
        return _page(self._saved[user_id], before_id, limit)


class FakeCounters:
    """One tally a post."""

    def __init__(self, outbox: FakeOutbox) -> None:
        self._outbox = outbox
        self._tallies: dict[int, Tally] = {}

    async def get_many(self, post_ids: Collection[int]) -> Mapping[int, Tally]:
        """Return the tallies that exist, by post."""
        self._outbox.require()
        return {id_: self._tallies[id_] for id_ in post_ids if id_ in self._tallies}

    async def to_show(self, post_ids: Collection[int]) -> Mapping[int, Tally]:
        """Return the same."""
        return await self.get_many(post_ids)

    async def store(self, tallies: Sequence[Tally]) -> None:
        """Store tallies; the higher position wins."""
        self._outbox.require()
        for tally in tallies:
            held = self._tallies.setdefault(tally.post_id, tally)
            self._tallies[tally.post_id] = max(held, tally, key=lambda each: each.position)

    def erase(self, post_id: int) -> None:
        """Forget a post's tally."""
        self._tallies.pop(post_id, None)


class FakeInteractionErasure:
    """Removes what people did to a post that is gone."""

    def __init__(self, likes: FakeLikes, comments: FakeComments, counters: FakeCounters, outbox: FakeOutbox) -> None:
        self._likes = likes
        self._comments = comments
        self._counters = counters
        self._outbox = outbox

    async def erase(self, post_id: int) -> None:
        """Remove a post's likes, comments and counts."""
        self._outbox.require()
        self._likes.erase(post_id)
        self._comments.erase(post_id)
        self._counters.erase(post_id)


class FakeTouches:
    """Posts by the minute in which they were touched; `posts` are all there are."""

    def __init__(self, outbox: FakeOutbox) -> None:
        self.posts: list[int] = []
        self._outbox = outbox
        self._touched: defaultdict[int, set[int]] = defaultdict(set)
        self._progress: dict[str, int] = {}

    async def touch(self, post_id: int, at_ms: int) -> None:
        """Remember a post."""
        self._outbox.require()
        self._touched[at_ms // MINUTE_MS].add(post_id)

    async def touched(self, minute: int) -> list[int]:
        """Return the posts touched within a minute."""
        self._outbox.require()
        return sorted(self._touched[minute])

    async def post_ids(self, after_token: int, limit: int) -> tuple[list[int], int | None]:
        """Return some posts of all there are; their ids are their tokens."""
        self._outbox.require()
        found = sorted(id_ for id_ in self.posts if id_ > after_token)[:limit]
        return found, found[-1] if len(found) == limit else None

    async def progress(self, name: str) -> int | None:
        """Return how far a scan has come."""
        self._outbox.require()
        return self._progress.get(name)

    async def advance(self, name: str, to: int) -> None:
        """Remember how far a scan has come."""
        self._outbox.require()
        self._progress[name] = to


def _membership(ids: Collection[int]) -> Membership:
    return Membership(len(ids), sum(ids))


def _page(ids: Collection[int], before_id: int, limit: int) -> list[int]:
    return sorted((id_ for id_ in ids if id_ < before_id), reverse=True)[:limit]
