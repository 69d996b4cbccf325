"""Shows operations to the accounts that began them."""

from photo_app.http.problems import not_found
from photo_core.domain.operations import Operation
from photo_core.ports.operations import Operations


class OperationService:
    """Operations of one's own."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    async def get(self, viewer_id: int, operation_id: int) -> Operation:
        """Return an operation.

        Raises:
            Problem: there is none, or it is somebody else's (404).
        """
        operation = await self._operations.get(operation_id)
        if operation is None or operation.owner_id != viewer_id:
            raise not_found("operation")
        return operation
