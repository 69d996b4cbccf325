"""Decides whether the objects of a deleted post's media may be removed; pure.

Used by `surfaces`, which first closes the media for further posts. photo_core.ports.media_uses explains why that order
keeps the objects of every live post.
"""

from collections.abc import Collection, Mapping

from msgspec import Struct

from photo_core.domain.accounts import Account
from photo_core.domain.ids import created_at_ms
from photo_core.domain.posts import Post, PostMedia

SETTLED_AFTER_MS = 60_000  # far longer than any request: a claim whose post is not there by then has none


class OtherUses(Struct, frozen=True):
    """Whether anything else shows a media, and the claims whose posts do not exist."""

    live: bool
    postless: tuple[int, ...] = ()


class Keep(Struct, frozen=True):
    """Something else shows the media: its objects are removed with the last post that does."""


class AwaitPost(Struct, frozen=True):
    """A post that claims the media may be on its way."""


class Remove(Struct, frozen=True):
    """Nothing shows the media, and nothing can once these posts are forbidden."""

    forbid: tuple[int, ...]


def uses_of(
    media: PostMedia, claimants: Collection[int], posts: Mapping[int, Post], owner: Account | None
) -> OtherUses:
    """Return what shows a media: a post that is not deleted, or its owner's profile."""
    known = {post_id: posts[post_id] for post_id in claimants if post_id in posts}
    shown = any(post.deleted_at_ms is None for post in known.values())
    keys = {variant.object_key for variant in media.variants}
    pictured = owner is not None and owner.avatar_key in keys
    return OtherUses(shown or pictured, tuple(sorted(set(claimants) - known.keys())))


def decide(uses: OtherUses, now_ms: int) -> Keep | AwaitPost | Remove:
    """Return what to do with the objects of a closed media."""
    if uses.live:
        return Keep()
    if any(created_at_ms(post_id) > now_ms - SETTLED_AFTER_MS for post_id in uses.postless):
        return AwaitPost()
    return Remove(uses.postless)
