"""What a feed page says beside its posts; the page itself is `photo_app.posts.views.PostPage`."""

from photo_app.feed.service import Served


def headers_of(served: Served) -> dict[str, str]:
    """Return `Feed-Mode` (push, pull, rebuilding or stale) and `Degraded-Level` (0 to 4)."""
    return {"Feed-Mode": served.mode, "Degraded-Level": str(served.degraded_level)}
