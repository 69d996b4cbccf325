"""Operations over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.authentication.viewer import CurrentViewer
from photo_app.http.openapi import problems, success
from photo_app.http.parameters import OperationId
from photo_app.http.problems import ProblemType
from photo_app.http.responses import json_response
from photo_app.http.services import service_of
from photo_app.operations.rendering import operation_view
from photo_app.operations.schemas import OperationView
from photo_app.operations.service import OperationService

router = APIRouter(tags=["operations"])


@router.get("/operations/{operation_id}", responses=success(OperationView) | problems(ProblemType.NOT_FOUND))
async def read_operation(
    operation_id: OperationId,
    viewer: CurrentViewer,
    operations: Annotated[OperationService, service_of(OperationService)],
) -> Response:
    """Show how far one's own operation is, and where what was deleted has been cleared."""
    return json_response(operation_view(await operations.get(viewer.user_id, operation_id)))
