import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Struct, UnsetType

from photo_app.media.schemas import VariantView
from photo_app.posts.encoding import ViewerDetails, complete, encode_content
from photo_app.posts.schemas import AuthorView, PostContent, PostMediaView
from photo_core.domain.posts import Location


class WholeAuthor(Struct):
    user_id: str
    username: str
    avatar_url: str | UnsetType = UNSET


class WholePost(Struct):
    """A post as the contract names it, serialised at once: the oracle."""

    post_id: str
    media: list[PostMediaView]
    caption: str
    created_at: str
    location: Location | UnsetType
    user: WholeAuthor
    like_count: int
    comment_count: int
    liked_by_me: bool


TEXTS = st.text(max_size=50)
NUMBERS = st.integers(0, 1 << 62)
DEGREES = st.floats(-90, 90)
VARIANTS = st.builds(VariantView, TEXTS, NUMBERS, NUMBERS, TEXTS, NUMBERS, TEXTS)
MEDIA = st.builds(PostMediaView, TEXTS, TEXTS, st.lists(VARIANTS, max_size=2), st.just(UNSET) | TEXTS)
CONTENTS = st.builds(
    PostContent,
    post_id=TEXTS,
    media=st.lists(MEDIA, max_size=2),
    caption=TEXTS,
    created_at=TEXTS,
    location=st.just(UNSET) | st.builds(Location, DEGREES, DEGREES, TEXTS),
    user=st.builds(AuthorView, TEXTS, TEXTS),
)
DETAILS = st.builds(ViewerDetails, NUMBERS, NUMBERS, st.booleans(), st.none() | TEXTS)


def whole(content: PostContent, details: ViewerDetails) -> WholePost:
    avatar_url = UNSET if details.avatar_url is None else details.avatar_url
    return WholePost(
        post_id=content.post_id,
        media=content.media,
        caption=content.caption,
        created_at=content.created_at,
        location=content.location,
        user=WholeAuthor(content.user.user_id, content.user.username, avatar_url),
        like_count=details.likes,
        comment_count=details.comments,
        liked_by_me=details.liked_by_me,
    )


@given(CONTENTS, DETAILS)
def test_a_post_in_two_parts_is_the_post_serialised_at_once(content: PostContent, details: ViewerDetails) -> None:
    assert complete(encode_content(content), details) == msgspec.json.encode(whole(content, details))
