"""What stands in everybody's feed, so plainly that it is right by inspection: sets of facts, and a loop over all posts.

Used by the model of the feed, which tells it of every fact as a client would know it.
"""

from dataclasses import dataclass, field
from itertools import pairwise

Pair = tuple[int, int]


@dataclass
class Oracle:
    """The facts. Pairs are (who, whom or what); `authors` holds the posts that exist."""

    authors: dict[int, int] = field(default_factory=dict)
    follows: set[Pair] = field(default_factory=set)
    requests: set[Pair] = field(default_factory=set)
    blocks: set[Pair] = field(default_factory=set)
    mutes: set[Pair] = field(default_factory=set)
    private: set[int] = field(default_factory=set)
    likes: set[Pair] = field(default_factory=set)

    def copy(self) -> "Oracle":
        """Return the same facts, to be changed on their own."""
        return Oracle(
            dict(self.authors),
            set(self.follows),
            set(self.requests),
            set(self.blocks),
            set(self.mutes),
            set(self.private),
            set(self.likes),
        )

    def feed(self, viewer: int) -> list[int]:
        """Return the whole feed, newest first."""
        seen = (post_id for post_id, author in self.authors.items() if self.stands_in_feed(viewer, author))
        return sorted(seen, reverse=True)

    def authors_in_feed(self, viewer: int) -> set[int]:
        """Return whose posts stand in a feed, or would."""
        followed = {followee for follower, followee in self.follows if follower == viewer}
        return {author for author in followed | {viewer} if self.stands_in_feed(viewer, author)}

    def stands_in_feed(self, viewer: int, author: int) -> bool:
        followed = (viewer, author) in self.follows and (viewer, author) not in self.mutes
        return viewer == author or (followed and not self.apart(viewer, author))

    def may_see_posts_of(self, viewer: int, author: int) -> bool:
        """Return whether somebody's posts are shown to a viewer anywhere but in feeds."""
        if viewer == author:
            return True
        admitted = author not in self.private or (viewer, author) in self.follows
        return admitted and not self.apart(viewer, author)

    def apart(self, one: int, other: int) -> bool:
        return bool({(one, other), (other, one)} & self.blocks)

    def follower_count(self, author: int) -> int:
        return sum(followee == author for _, followee in self.follows)

    def like_count(self, post_id: int) -> int:
        return sum(liked == post_id for _, liked in self.likes)

    def follow(self, viewer: int, author: int) -> None:
        if not self.apart(viewer, author) and (viewer, author) not in self.follows:
            (self.requests if author in self.private else self.follows).add((viewer, author))
            self.requests -= self.follows

    def unfollow(self, viewer: int, author: int) -> None:
        self.follows.discard((viewer, author))
        self.requests.discard((viewer, author))

    def accept(self, author: int, viewer: int) -> None:
        if (viewer, author) in self.requests:
            self.requests.remove((viewer, author))
            self.follows.add((viewer, author))

    def decline(self, author: int, viewer: int) -> None:
        self.requests.discard((viewer, author))

    def make_private(self, author: int) -> None:
        self.private.add(author)

    def make_public(self, author: int) -> None:
        self.private.discard(author)
        for viewer, asked in list(self.requests):
            if asked == author:
                self.accept(author, viewer)

    def block(self, viewer: int, other: int) -> None:
        self.blocks.add((viewer, other))
        self.unfollow(viewer, other)
        self.unfollow(other, viewer)

    def unblock(self, viewer: int, other: int) -> None:
        self.blocks.discard((viewer, other))

    def mute(self, viewer: int, author: int) -> None:
        self.mutes.add((viewer, author))

    def unmute(self, viewer: int, author: int) -> None:
        self.mutes.discard((viewer, author))

    def like(self, viewer: int, post_id: int) -> None:
        self.likes.add((viewer, post_id))

    def unlike(self, viewer: int, post_id: int) -> None:
        self.likes.discard((viewer, post_id))

    def delete(self, post_id: int) -> None:
        del self.authors[post_id]


def newest_first_without_repeats(post_ids: list[int]) -> bool:
    """Return whether ids strictly descend."""
    return all(newer > older for newer, older in pairwise(post_ids))
