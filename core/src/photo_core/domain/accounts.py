"""Accounts and the follow graph as plain data."""

from msgspec import Struct


class Account(Struct, frozen=True):
    """A person's public record; counts are exact."""

    user_id: int
    username: str
    full_name: str = ""
    bio: str = ""
    private: bool = False
    follower_count: int = 0
    following_count: int = 0


class NewAccount(Struct, frozen=True):
    """What is stored when somebody registers; the password is already hashed (argon2id)."""

    user_id: int
    username: str
    password_hash: str
    full_name: str = ""


class ProfileChange(Struct, frozen=True):
    """The fields of a profile that change; None leaves one as it is."""

    full_name: str | None = None
    bio: str | None = None


class Follow(Struct, frozen=True):
    """How a viewer stands to an account after a follow or unfollow."""

    following: bool
    follower_count: int
    requested: bool = False


class PullRange(Struct, frozen=True):
    """An author's posts that are not pushed but merged at read: from_id <= id, and id <= to_id once closed."""

    author_id: int
    from_id: int
    to_id: int | None = None


class FollowGraph(Struct, frozen=True):
    """Whom a viewer follows, read in one snapshot from the truth.

    `version` grows with every follow and unfollow of the viewer, so that a cached feed made under another
    graph is recognised. `pull_ranges` are those of the followees only.
    """

    viewer_id: int
    version: int
    followees: frozenset[int]
    pull_ranges: tuple[PullRange, ...] = ()


class AuthorReach(Struct, frozen=True):
    """What decides between push and pull for an author's next post."""

    author_id: int
    follower_count: int
    open_range: PullRange | None = None
