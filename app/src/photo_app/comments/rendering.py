"""Renders comments as clients see them."""

from msgspec import UNSET

from photo_app.comments.schemas import CommenterView, CommentView
from photo_app.http.responses import rfc3339
from photo_core.domain.accounts import Account
from photo_core.domain.interactions import Comment
from photo_core.ports.media import ObjectStorage


class CommentRenderer:
    """Turns comments into what clients see; needs the store only for the public address of a picture."""

    def __init__(self, objects: ObjectStorage) -> None:
        self._objects = objects

    def view(self, comment: Comment, author: Account | None) -> CommentView:
        """Return a comment with its author's current picture; the author is None once the account is gone."""
        key = author.avatar_key if author else None
        avatar_url = self._objects.variant_url(key) if key else UNSET
        user = CommenterView(str(comment.author_id), comment.username, avatar_url)
        return CommentView(str(comment.comment_id), user, comment.text, rfc3339(comment.created_at_ms))
