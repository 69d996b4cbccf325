"""Saved posts over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.authentication.viewer import CurrentViewer
from photo_app.http.openapi import problems, success
from photo_app.http.paging import next_link
from photo_app.http.parameters import PostId, RequestedPage
from photo_app.http.problems import ProblemType
from photo_app.http.responses import json_response
from photo_app.http.services import service_of
from photo_app.posts.schemas import PostPage
from photo_app.saves.schemas import SaveView
from photo_app.saves.service import SaveService

router = APIRouter(tags=["saves"])
Saves = Annotated[SaveService, service_of(SaveService)]


@router.post("/posts/{post_id}/save", responses=success(SaveView) | problems(ProblemType.NOT_FOUND))
async def save(post_id: PostId, viewer: CurrentViewer, saves: Saves) -> Response:
    """Save a post."""
    await saves.save(viewer.user_id, post_id)
    return json_response(SaveView(saved=True))


@router.delete("/posts/{post_id}/save", responses=success(SaveView) | problems(ProblemType.NOT_FOUND))
async def unsave(post_id: PostId, viewer: CurrentViewer, saves: Saves) -> Response:
    """Remove a post from those saved."""
    await saves.unsave(viewer.user_id, post_id)
    return json_response(SaveView(saved=False))


@router.get("/users/me/saved", responses=success(PostPage))
async def list_saved(page: RequestedPage, viewer: CurrentViewer, saves: Saves) -> Response:
    """List the posts that the viewer has saved, newest post first."""
    shown = await saves.page(viewer.user_id, page)
    return json_response(shown, headers=next_link(page, shown.next_cursor))
