"""Saved posts over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.answers import answer
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices
from photo_app.paging import next_link
from photo_app.parameters import PostId, RequestedPage
from photo_app.posts.views import PostPage
from photo_app.saves.schemas import SaveView

router = APIRouter(tags=["saves"])


@router.post("/posts/{post_id}/save")
async def save(post_id: PostId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Keep a post."""
    await services.reactions.saves.save(viewer.user_id, post_id)
    return answer(SaveView(saved=True))


@router.delete("/posts/{post_id}/save")
async def unsave(post_id: PostId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Keep a post no longer."""
    await services.reactions.saves.unsave(viewer.user_id, post_id)
    return answer(SaveView(saved=False))


@router.get("/users/me/saved")
async def list_saved(page: RequestedPage, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """List the posts that the viewer keeps, newest post first."""
    cut, posts = await services.reactions.saves.page(viewer.user_id, page)
    next_cursor = cut.next_cursor(services.cursors)
    shown = PostPage(await services.presenter.many(viewer.user_id, posts), next_cursor, next_cursor is not None)
    return answer(shown, headers=next_link(page, next_cursor))
