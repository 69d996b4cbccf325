"""Renders a feed page: posts that are encoded already, joined and never decoded.

Used by the endpoint of the feed and by its fast lane.
"""

from starlette.requests import Request
from starlette.responses import Response

from photo_app.feed.service import ServedPage
from photo_app.http.paging import PageRequest, next_link
from photo_app.http.responses import conditional_response
from photo_app.posts.encoding import ViewerDetails, complete
from photo_core.domain.cursor import CursorSigner

AGAIN_SECONDS = "2"  # when to ask again for an incomplete page without a post


def page_response(request: Request, page: PageRequest, served: ServedPage, cursors: CursorSigner) -> Response:
    """Return the response with a page, or 304 to a client that has it."""
    next_cursor = _next_cursor(served, page.before_id, cursors)
    headers = {**_headers(served), **next_link(page, next_cursor)}
    return conditional_response(request, _body(served, next_cursor), headers)


def _headers(served: ServedPage) -> dict[str, str]:
    """Return `Feed-Mode` (push, pull, rebuilding or stale), `Degraded-Level` (0 to 4) and, where it helps, a wait."""
    headers = {"Feed-Mode": served.mode.value, "Degraded-Level": str(served.degraded_level)}
    return headers if served.page.posts or served.page.complete else {**headers, "Retry-After": AGAIN_SECONDS}


def _next_cursor(served: ServedPage, before_id: int, cursors: CursorSigner) -> str | None:
    """Return where the next page starts; after an incomplete page without a post, where this page started."""
    if not served.page.has_more:
        return None
    following = served.page.next_before_id
    return cursors.encode(before_id if following is None else following)


def _body(served: ServedPage, next_cursor: str | None) -> bytes:
    posts = b",".join(
        [
            complete(
                post.body,
                ViewerDetails(
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
