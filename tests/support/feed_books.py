"""What a page may show: what is acknowledged, what is under way, and what of it Redis was not told.

Kept by `FeedWorld`, which tells it of every call's beginning and answer; it calls nothing itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.support.feed_oracle import Oracle

Change = Callable[[Oracle], None]


@dataclass(eq=False)
class Reading:
    """A page that is being read: what it may show, and whether anything stood in its way."""

    viewer: int
    allowed: set[int] = field(default_factory=set)
    authors: set[int] = field(default_factory=set)  # who posts into the feed, also what nobody has acknowledged
    liked: set[int] = field(default_factory=set)  # as answered before, and not asked to change since
    not_liked: set[int] = field(default_factory=set)  # likewise
    own: frozenset[int] = frozenset()  # posts of the viewer that this pod has answered lately
    redis_was_away: bool = False
    truth_was_away: bool = False


@dataclass
class Books:
    """What is acknowledged, what is under way, and what nobody knows until all is quiet."""

    oracle: Oracle = field(default_factory=Oracle)
    granting: list[Change] = field(default_factory=list)  # under way, or never answered
    unanswered_takes: int = 0
    unanswered_posts: set[int] = field(default_factory=set)  # their authors
    unanswered_deletions: set[int] = field(default_factory=set)
    unanswered_likes: dict[tuple[int, int], bool] = field(default_factory=dict)  # by viewer and post
    # what Redis was not told of, so that without PostgreSQL another pod cannot know of it (decision 14)
    unfenced: set[tuple[int, int]] = field(default_factory=set)  # viewers, and whose posts were taken from them
    unburied: dict[int, int] = field(default_factory=dict)  # deleted posts, with their authors
    readings: list[Reading] = field(default_factory=list)

    def loosest(self) -> Oracle:
        """Return the facts with everything that may have been granted already."""
        loosest = self.oracle.copy()
        for grant in self.granting:
            grant(loosest)
        return loosest

    def begin_to_read(self, viewer: int) -> Reading:
        reading = Reading(viewer)
        answered = {post_id for post_id in self.oracle.authors if (viewer, post_id) not in self.unanswered_likes}
        reading.liked = {post_id for post_id in answered if (viewer, post_id) in self.oracle.likes}
        reading.not_liked = answered - reading.liked
        self.readings.append(reading)
        self.changed()
        return reading

    def begin_to_like(self, viewer: int, post_id: int, *, liked: bool) -> None:
        self.unanswered_likes[viewer, post_id] = liked
        for reading in self.readings:
            if reading.viewer == viewer:
                reading.liked.discard(post_id)
                reading.not_liked.discard(post_id)

    def take_unfenced(self, viewers: Iterable[int], change: Change) -> None:
        """Make a change of which Redis was not told: who loses whose posts, those yet to come among them."""
        before = {viewer: self.oracle.authors_in_feed(viewer) for viewer in viewers}
        change(self.oracle)
        for viewer, authors in before.items():
            self.unfenced |= {(viewer, author) for author in authors - self.oracle.authors_in_feed(viewer)}

    def let_be_stale(self, reading: Reading) -> None:
        """Let a page, made by what Redis keeps alone, show what Redis was not told of."""
        reading.authors |= {author for viewer, author in self.unfenced if viewer == reading.viewer}
        posts = self.oracle.authors | self.unburied
        reading.allowed |= {post_id for post_id, author in posts.items() if author in reading.authors}

    def changed(self) -> None:
        """Let what is granted from now on be shown by what is being read."""
        loosest = self.loosest()
        for reading in self.readings:
            reading.authors |= loosest.authors_in_feed(reading.viewer)
            reading.allowed |= {post_id for post_id, author in loosest.authors.items() if author in reading.authors}
