"""The services of what people do with posts of others; built once by `photo_app.dependencies`."""

from dataclasses import dataclass

from photo_app.comments.service import CommentService
from photo_app.comments.views import CommentViews
from photo_app.idempotency import Idempotency
from photo_app.likes.heads import LikedHeads
from photo_app.likes.service import LikeService
from photo_app.ports import Ports
from photo_app.saves.service import SaveService
from photo_app.transitions import Transitions
from photo_app.visibility import Visibility
from photo_core.interactions import Interactions


@dataclass(frozen=True)
class Reactions:
    """Likes, comments and saves."""

    likes: LikeService
    comments: CommentService
    comment_views: CommentViews
    saves: SaveService


def build_reactions(
    ports: Ports,
    visibility: Visibility,
    interactions: Interactions,
    idempotency: Idempotency,
    liked_heads: LikedHeads,
) -> Reactions:
    """Return the services over these ports."""
    transitions = Transitions(ports.touches, ports.publisher, ports.clock)
    return Reactions(
        likes=LikeService(ports, visibility, interactions, transitions, liked_heads),
        comments=CommentService(ports, visibility, idempotency, transitions),
        comment_views=CommentViews(ports.objects),
        saves=SaveService(ports, visibility),
    )
