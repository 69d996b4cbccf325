"""What requests answer whose work goes on."""

from msgspec import Struct


class OperationStarted(Struct, frozen=True):
    """The answer to DELETE /posts/{id} and to DELETE /users/me."""

    operation_id: str
