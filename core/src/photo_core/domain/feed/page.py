"""From candidate ids to a page: order, visibility, and where the next page starts. Called by photo_app.feed."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.posts import Post
from photo_core.domain.visibility import visible_in_feed


class FeedPage(Struct, frozen=True):
    """Posts newest first; `next_before_id` is where the next page starts, None after the very first post."""

    posts: tuple[Post, ...]
    next_before_id: int | None


def shown(post_ids: Sequence[int], posts: Mapping[int, Post], graph: FollowGraph) -> list[Post]:
    """Return the posts that the viewer may see, in the order of their ids."""
    found = (posts[post_id] for post_id in post_ids if post_id in posts)
    return [post for post in found if visible_in_feed(post, graph)]


def build_page(visible: Sequence[Post], limit: int) -> FeedPage:
    """Cut a page from visible posts, of which there are more than `limit` exactly if another page follows."""
    posts = tuple(visible[:limit])
    return FeedPage(posts, posts[-1].post_id if len(visible) > limit else None)
