"""Media over HTTP."""

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from photo_app.answers import answer, answer_unless_known
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices
from photo_app.media.schemas import NewUpload
from photo_app.media.views import media_view, upload_begun
from photo_app.parameters import IdempotencyKey, parse_id
from photo_core.domain.media_lifecycle import is_finished

router = APIRouter(tags=["media"])


@router.post("/media/upload/init", status_code=201)
async def begin_upload(
    body: NewUpload,
    viewer: CurrentViewer,
    services: CurrentServices,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Announce a photograph and get the URL to upload it to."""
    return answer(upload_begun(await services.media.begin(viewer, body, idempotency_key)), 201)


@router.get("/media/{media_id}")
async def read_media(request: Request, media_id: str, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Show how far one's own media is; 202 while it is not finished."""
    media = await services.media.get(viewer, parse_id(media_id, "media"))
    view = media_view(media, [services.post_views.variant(variant) for variant in media.variants])
    if is_finished(media):
        return answer_unless_known(request, msgspec.json.encode(view))
    return answer(view, 202)
