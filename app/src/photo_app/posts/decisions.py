"""Decides which media a post may use, and builds the post and its event. Pure."""

from collections.abc import Mapping

from photo_app.authentication.tokens import Viewer
from photo_app.http.idempotency import Claim
from photo_app.http.problems import Problem, ProblemType
from photo_app.posts.schemas import NewPost
from photo_core.domain.media import Media, MediaState
from photo_core.domain.posts import Location, Post, PostMedia
from photo_core.messages.events import PostCreated, encode
from photo_core.messages.topics import Topic
from photo_core.ports.posts import OutboxRecord


def usable_media(wanted: NewPost, found: Mapping[int, Media], owner_id: int) -> tuple[PostMedia, ...]:
    """Return a post's media.

    Raises:
        Problem: one is not READY, or not the author's; only the owner learns which of the two.
    """
    own = {media_id: media for media_id, media in found.items() if media.owner_id == owner_id}
    states = {media_id: _state(own.get(int(media_id))) for media_id in wanted.media_ids}
    refused = {media_id: state for media_id, state in states.items() if state != MediaState.READY}
    if refused:
        raise unusable_media(refused)
    return tuple(_post_media(own[int(media_id)], wanted.alt_text) for media_id in wanted.media_ids)


def unusable_media(refused: Mapping[str, str]) -> Problem:
    """Return the problem of media that cannot be used, with the state of each."""
    detail = ", ".join(f"media {media_id} is {state}" for media_id, state in refused.items())
    return Problem(ProblemType.MEDIA_NOT_USABLE, detail, extra={"media": refused})


def build_post(claim: Claim, author: Viewer, wanted: NewPost, media: tuple[PostMedia, ...]) -> Post:
    """Return the post to store; the same claim and body give the same post."""
    location = Location(**wanted.location.model_dump()) if wanted.location else None
    return Post(
        post_id=claim.resource_id,
        author_id=author.user_id,
        username=author.username,
        media=media,
        caption=wanted.caption,
        created_at_ms=claim.created_at_ms,
        location=location,
        tagged_users=tuple(wanted.tagged_users or ()),
    )


def created_event(record_id: int, post: Post) -> OutboxRecord:
    """Return the event that a post was created."""
    event = PostCreated(post.post_id, post.author_id, post.created_at_ms)
    return OutboxRecord(record_id, Topic.POSTS_CREATED, str(post.author_id), encode(event))


def _state(media: Media | None) -> str:
    return "absent" if media is None else media.state.value


def _post_media(media: Media, alt_text: str | None) -> PostMedia:
    kind = "video" if media.content_type.startswith("video/") else "photo"
    return PostMedia(media.media_id, kind, media.variants, alt_text)
