"""Media over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.answers import answer
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices
from photo_app.media.schemas import NewUpload
from photo_app.media.views import media_view, status_of, upload_begun
from photo_app.parameters import IdempotencyKey, parse_id

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
async def read_media(media_id: str, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Show how far one's own media is; 202 while it is not finished."""
    media = await services.media.get(viewer, parse_id(media_id, "media"))
    variants = [services.post_views.variant(variant) for variant in media.variants]
    return answer(media_view(media, variants), status_of(media))
