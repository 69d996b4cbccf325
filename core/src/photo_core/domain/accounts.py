"""Accounts and the follow graph as plain data."""

from msgspec import Struct


class Account(Struct, frozen=True):
    """A person's public record; counts are exact. `avatar_key` names the object of the picture, if there is one."""

    user_id: int
    username: str
    full_name: str = ""
    bio: str = ""
    private: bool = False
    follower_count: int = 0
    following_count: int = 0
    avatar_key: str | None = None


class NewAccount(Struct, frozen=True):
    """What is stored when somebody registers; the password is already hashed (argon2id)."""

    user_id: int
    username: str
    password_hash: str
    full_name: str = ""


class Avatar(Struct, frozen=True):
    """A picture of an account: a READY media of its owner, and the object that is shown."""

    media_id: int
    object_key: str


class ProfileChange(Struct, frozen=True):
    """The fields of a profile that change; None leaves one as it is."""

    full_name: str | None = None
    bio: str | None = None
    avatar: Avatar | None = None


class DeletedAccount(Struct, frozen=True):
    """An account that is absent to everybody, and of which something may be left."""

    user_id: int
    deleted_at_ms: int


class PullRange(Struct, frozen=True):
    """An author's posts that are not pushed but merged at read: from_id <= id, and id <= to_id once closed."""

    author_id: int
    from_id: int
    to_id: int | None = None


class FollowGraph(Struct, frozen=True):
    """Whose posts stand in a viewer's feed, read in one snapshot from the truth: accounts followed and not muted.

    `version` grows with every change of that by anybody (a follow, an accepted request, a mute, a block), so that a
    cached feed made under another graph is recognised; of one version there is one set of followees. `pull_ranges`
    are those of the followees only.
    """

    viewer_id: int
    version: int
    followees: frozenset[int]
    pull_ranges: tuple[PullRange, ...] = ()


class Follow(Struct, frozen=True):
    """How a follower stands to an account after a call, and the graphs that the call has made.

    `requested` waits for the owner of a private account.
    """

    following: bool
    follower_count: int
    requested: bool = False
    changes: tuple[FollowGraph, ...] = ()


class AuthorReach(Struct, frozen=True):
    """What decides between push and pull for an author's next post."""

    author_id: int
    follower_count: int
    open_range: PullRange | None = None


class FollowerRead(Struct, frozen=True):
    """A question for an author's followers, at most `size` in a range.

    Those seen at or after `active_since_ms` come first; those not seen since `unseen_since_ms` are left out. Zero
    makes everybody active and leaves nobody out.
    """

    author_id: int
    size: int
    active_since_ms: int = 0
    unseen_since_ms: int = 0
