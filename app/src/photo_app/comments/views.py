"""Comments as clients see them."""

from msgspec import UNSET, Struct, UnsetType

from photo_app.answers import rfc3339
from photo_app.comments.service import Said
from photo_core.ports.media import ObjectStorage


class CommenterView(Struct, frozen=True):
    """Who commented."""

    user_id: str
    username: str
    avatar_url: str | UnsetType = UNSET


class CommentView(Struct, frozen=True):
    """A comment."""

    comment_id: str
    user: CommenterView
    text: str
    created_at: str


class CommentPage(Struct, frozen=True):
    """A page of comments."""

    comments: list[CommentView]
    next_cursor: str | None
    has_more: bool


class CommentViews:
    """Turns comments into what clients see; needs the store only for the public address of its objects."""

    def __init__(self, objects: ObjectStorage) -> None:
        self._objects = objects

    def view(self, said: Said) -> CommentView:
        """Return a comment with its author of now."""
        comment = said.comment
        key = said.author.avatar_key if said.author else None
        avatar_url = self._objects.variant_url(key) if key else UNSET
        user = CommenterView(str(comment.author_id), comment.username, avatar_url)
        return CommentView(str(comment.comment_id), user, comment.text, rfc3339(comment.created_at_ms))
