import pytest

from photo_core.domain.accounts import Account
from photo_core.domain.ids import compose
from photo_core.domain.media import Variant
from photo_core.domain.posts import Post, PostMedia
from photo_workers.purge.decisions import SETTLED_AFTER_MS, AwaitPost, Keep, OtherUses, Remove, decide, uses_of

NOW_MS = 1_767_225_600_000
YOUNG, OLD = compose(NOW_MS - SETTLED_AFTER_MS + 1, 1, 0), compose(NOW_MS - SETTLED_AFTER_MS, 1, 0)
MEDIA = PostMedia(7, "photo", (Variant("small", 1, 1, "image/webp", 1, "m/7/a.webp"),))
ADA = Account(17, "ada")
PICTURED = Account(17, "ada", avatar_key="m/7/a.webp")


def post(post_id: int, deleted_at_ms: int | None = None) -> Post:
    return Post(post_id, 17, "ada", (MEDIA,), "", NOW_MS, deleted_at_ms=deleted_at_ms)


@pytest.mark.parametrize(
    ("posts", "owner", "uses"),
    [
        pytest.param({}, ADA, OtherUses(live=False, postless=(1, 2)), id="no posts yet"),
        pytest.param({1: post(1)}, ADA, OtherUses(live=True, postless=(2,)), id="one post, the other yet to come"),
        pytest.param({1: post(1, 5), 2: post(2, 5)}, ADA, OtherUses(live=False), id="all posts deleted"),
        pytest.param({1: post(1, 5), 2: post(2)}, None, OtherUses(live=True), id="one post deleted"),
        pytest.param(
            {1: post(1, 5), 2: post(2, 5)},
            PICTURED,
            OtherUses(live=True),
            id="all posts deleted, but a profile picture",
        ),
        pytest.param(
            {1: post(1, 5), 2: post(2, 5)}, None, OtherUses(live=False), id="all posts deleted, owner unknown"
        ),
    ],
)
def test_a_media_is_shown_by_posts_that_are_not_deleted_and_by_its_owners_profile(
    posts: dict[int, Post], owner: Account | None, uses: OtherUses
) -> None:
    assert uses_of(MEDIA, {1, 2}, posts, owner) == uses


@pytest.mark.parametrize(
    ("uses", "decision"),
    [
        pytest.param(OtherUses(live=True), Keep(), id="shown"),
        pytest.param(OtherUses(live=True, postless=(YOUNG, OLD)), Keep(), id="shown, with reservations"),
        pytest.param(OtherUses(live=False, postless=(OLD, YOUNG)), AwaitPost(), id="a young reservation"),
        pytest.param(OtherUses(live=False, postless=(OLD,)), Remove((OLD,)), id="an old reservation"),
        pytest.param(OtherUses(live=False), Remove(()), id="no use"),
    ],
)
def test_objects_go_when_nothing_shows_them_and_nothing_can_come(
    uses: OtherUses, decision: Keep | AwaitPost | Remove
) -> None:
    assert decide(uses, NOW_MS) == decision
