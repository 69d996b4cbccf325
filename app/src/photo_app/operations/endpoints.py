"""Operations over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.answers import answer
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices
from photo_app.operations.views import operation_view
from photo_app.parameters import OperationId

router = APIRouter(tags=["operations"])


@router.get("/operations/{operation_id}")
async def read_operation(operation_id: OperationId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Show how far one's own operation is, and where what was deleted has been cleared."""
    return answer(operation_view(await services.operations.get(viewer.user_id, operation_id)))
