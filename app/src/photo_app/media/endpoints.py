"""Media over HTTP."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from photo_app.authentication.viewer import CurrentViewer
from photo_app.http.openapi import NOT_MODIFIED, problems, success
from photo_app.http.parameters import IdempotencyKey, parse_id
from photo_app.http.problems import ProblemType
from photo_app.http.responses import conditional_response, json_response
from photo_app.http.services import service_of
from photo_app.media.rendering import MediaRenderer, upload_started
from photo_app.media.schemas import MediaView, NewUpload, UploadStarted
from photo_app.media.service import MediaService
from photo_core.domain.media_lifecycle import is_finished

router = APIRouter(tags=["media"])
CurrentMedia = Annotated[MediaService, service_of(MediaService)]


@router.post(
    "/media/upload/init", status_code=201, responses=success(UploadStarted, 201) | problems(ProblemType.UPLOADS_PAUSED)
)
async def begin_upload(
    body: NewUpload, viewer: CurrentViewer, media: CurrentMedia, idempotency_key: IdempotencyKey = None
) -> Response:
    """Announce a photograph and get the URL to upload it to."""
    return json_response(upload_started(await media.begin(viewer, body, idempotency_key)), 201)


@router.get(
    "/media/{media_id}",
    responses=success(MediaView) | success(MediaView, 202) | NOT_MODIFIED | problems(ProblemType.NOT_FOUND),
)
async def read_media(
    request: Request,
    media_id: str,
    viewer: CurrentViewer,
    media: CurrentMedia,
    renderer: Annotated[MediaRenderer, service_of(MediaRenderer)],
) -> Response:
    """Show how far one's own media is; 202 while it is not finished."""
    found = await media.get(viewer, parse_id(media_id, "media"))
    view = renderer.media(found)
    if is_finished(found):
        return conditional_response(request, msgspec.json.encode(view))
    return json_response(view, 202)
