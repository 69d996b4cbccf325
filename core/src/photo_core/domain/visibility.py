"""The one answer to: may this viewer see this post now? Every surface that shows posts asks here.

At first light every account is public, so a post is shown in a feed while it exists and its author is followed.
"""

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.posts import Post


def visible_in_feed(post: Post, graph: FollowGraph) -> bool:
    """Return whether a post stands in the viewer's feed: not deleted, and the viewer's own or a followee's."""
    if post.deleted_at_ms is not None:
        return False
    return post.author_id == graph.viewer_id or post.author_id in graph.followees
