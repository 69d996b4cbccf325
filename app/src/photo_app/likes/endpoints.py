"""Likes over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.answers import answer
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices
from photo_app.likes.schemas import LikeView
from photo_app.parameters import PostId

router = APIRouter(prefix="/posts/{post_id}", tags=["likes"])


@router.post("/like")
async def like(post_id: PostId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Like a post."""
    liked = await services.reactions.likes.like(viewer.user_id, post_id)
    return answer(LikeView(liked.liked, liked.count))


@router.delete("/like")
async def unlike(post_id: PostId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Like a post no longer."""
    liked = await services.reactions.likes.unlike(viewer.user_id, post_id)
    return answer(LikeView(liked.liked, liked.count))
