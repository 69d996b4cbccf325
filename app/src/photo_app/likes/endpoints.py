"""Likes over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.authentication.viewer import CurrentViewer
from photo_app.http.openapi import problems, success
from photo_app.http.parameters import PostId
from photo_app.http.problems import ProblemType
from photo_app.http.responses import json_response
from photo_app.http.services import service_of
from photo_app.likes.schemas import LikeView
from photo_app.likes.service import LikeService

router = APIRouter(prefix="/posts/{post_id}", tags=["likes"])
Likes = Annotated[LikeService, service_of(LikeService)]


@router.post("/like", responses=success(LikeView) | problems(ProblemType.NOT_FOUND))
async def like(post_id: PostId, viewer: CurrentViewer, likes: Likes) -> Response:
    """Like a post."""
    liked = await likes.like(viewer.user_id, post_id)
    return json_response(LikeView(liked.liked, liked.count))


@router.delete("/like", responses=success(LikeView) | problems(ProblemType.NOT_FOUND))
async def unlike(post_id: PostId, viewer: CurrentViewer, likes: Likes) -> Response:
    """Take back a like."""
    liked = await likes.unlike(viewer.user_id, post_id)
    return json_response(LikeView(liked.liked, liked.count))
