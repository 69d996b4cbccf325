import pytest

from photo_app.http.problems import Problem, ProblemType
from photo_app.users.avatars import usable_avatar
from photo_core.domain.accounts import Avatar
from photo_core.domain.media import Media, MediaState, Variant

OWNER = 3


def media_of(owner_id: int, state: MediaState = MediaState.READY) -> Media:
    variants = tuple(Variant(size, 1, 1, "image/webp", 1, f"7/{size}.webp") for size in ("large", "thumbnail"))
    return Media(7, owner_id, "image/jpeg", 1, "o/7", 0, state, variants=variants)


def test_the_thumbnail_is_shown() -> None:
    assert usable_avatar(media_of(OWNER), OWNER) == Avatar(7, "7/thumbnail.webp")


@pytest.mark.parametrize(
    ("media", "told"),
    [
        pytest.param(None, "absent", id="no such media"),
        pytest.param(media_of(OWNER + 1), "absent", id="a media of somebody else"),
        pytest.param(media_of(OWNER, MediaState.FAILED), "FAILED", id="an own media that failed"),
    ],
)
def test_what_cannot_be_used_is_told_of_ones_own_only(media: Media | None, told: str) -> None:
    with pytest.raises(Problem, match=told) as caught:
        usable_avatar(media, OWNER)
    assert caught.value.kind is ProblemType.MEDIA_NOT_USABLE
