"""Parameters that several endpoints take: ids in paths, pages, the Idempotency-Key.

None of them waits for anything; they are coroutines because the framework runs plain functions on threads.
"""

from typing import Annotated

from fastapi import Depends, Header, Query, Request

from photo_app.http.paging import DEFAULT_LIMIT, MAX_LIMIT, PageRequest
from photo_app.http.problems import not_found
from photo_app.http.services import service_of
from photo_core.domain import ids
from photo_core.domain.cursor import CursorSigner

Cursors = Annotated[CursorSigner, service_of(CursorSigner)]

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


def parse_id(text: str, what: str) -> int:
    """Return an id from a path.

    Raises:
        Problem: it is no id, so nothing can have it (404).
    """
    id_ = ids.parse(text)
    if id_ is None:
        raise not_found(what)
    return id_


async def _user_id(user_id: str) -> int:
    return parse_id(user_id, "user")


async def _post_id(post_id: str) -> int:
    return parse_id(post_id, "post")


async def _comment_id(comment_id: str) -> int:
    return parse_id(comment_id, "comment")


async def _operation_id(operation_id: str) -> int:
    return parse_id(operation_id, "operation")


async def _page(
    request: Request,
    cursors: Cursors,
    cursor: Annotated[str | None, Query(max_length=256)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
) -> PageRequest:
    return PageRequest(cursors.before_id(cursor), limit, request.scope["path"])


UserId = Annotated[int, Depends(_user_id)]
PostId = Annotated[int, Depends(_post_id)]
CommentId = Annotated[int, Depends(_comment_id)]
OperationId = Annotated[int, Depends(_operation_id)]
RequestedPage = Annotated[PageRequest, Depends(_page)]
