"""Pages by descending id: services ask stores for one id more than a page holds and cut here."""

from collections.abc import Sequence

from msgspec import Struct

from photo_core.domain.cursor import CursorSigner

MAX_LIMIT = 100
DEFAULT_LIMIT = 20


class PageRequest(Struct, frozen=True):
    """At most `limit` items with ids below `before_id`; `path` is the path of the request."""

    before_id: int
    limit: int
    path: str = ""

    @property
    def ids_to_read(self) -> int:
        """One id more than the page holds, which tells whether more follow."""
        return self.limit + 1


class Page(Struct, frozen=True):
    """The ids of one page, highest first, and the last of them if more follow."""

    ids: tuple[int, ...]
    continue_after: int | None

    def next_cursor(self, signer: CursorSigner) -> str | None:
        """Return the cursor of the next page, or None at the end."""
        return None if self.continue_after is None else signer.encode(self.continue_after)


def next_link(request: PageRequest, next_cursor: str | None) -> dict[str, str]:
    """Return the header that leads to the next page (RFC 8288), or none at the end."""
    if next_cursor is None:
        return {}
    return {"Link": f'<{request.path}?cursor={next_cursor}&limit={request.limit}>; rel="next"'}


def cut(found: Sequence[int], request: PageRequest) -> Page:
    """Return the page from the ids that were read for it."""
    ids = tuple(found[: request.limit])
    return Page(ids, ids[-1] if len(found) > request.limit else None)
