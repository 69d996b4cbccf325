"""A feed page as clients get it: posts that are serialised already, joined and never read again."""

from photo_app.feed.service import Served
from photo_app.posts.rendering import Standing, finish
from photo_core.domain.cursor import CursorSigner

AGAIN_SECONDS = "2"  # after which an incomplete page without a post is worth asking for again


def headers_of(served: Served) -> dict[str, str]:
    """Return `Feed-Mode` (push, pull, rebuilding or stale), `Degraded-Level` (0 to 4) and, where it helps, a wait."""
    headers = {"Feed-Mode": served.mode.value, "Degraded-Level": str(served.degraded_level)}
    return headers if served.page.posts or served.page.complete else {**headers, "Retry-After": AGAIN_SECONDS}


def next_cursor_of(served: Served, before_id: int, cursors: CursorSigner) -> str | None:
    """Return where the next page starts; an incomplete page that found nothing starts again where it stood."""
    if not served.page.has_more:
        return None
    following = served.page.next_before_id
    return cursors.encode(before_id if following is None else following)


def body_of(served: Served, next_cursor: str | None) -> bytes:
    """Return the page's JSON."""
    posts = b",".join(
        [
            finish(
                post.body,
                Standing(
                    post.likes or 0,
                    post.comments or 0,
                    post.post_id in served.liked,
                    served.avatar_urls.get(post.author_id),
                ),
            )
            for post in served.page.posts
        ]
    )
    if next_cursor is None:
        return b'{"posts":[%b],"next_cursor":null,"has_more":false}' % posts
    return b'{"posts":[%b],"next_cursor":"%b","has_more":true}' % (posts, next_cursor.encode())
