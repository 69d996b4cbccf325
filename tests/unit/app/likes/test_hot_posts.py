from photo_app.likes.hot_posts import HotPosts
from photo_core.domain.like_shards import HOT_LIKES_A_SECOND
from photo_core.fakes.clock import FakeClock


def test_a_post_becomes_hot_once_a_second_by_likes_of_its_own() -> None:
    hot = HotPosts(FakeClock())
    told = [(hot.becomes_hot(1), hot.becomes_hot(2)) for _ in range(HOT_LIKES_A_SECOND + 5)]
    assert told.index((True, True)) == HOT_LIKES_A_SECOND - 1
    assert told.count((False, False)) == HOT_LIKES_A_SECOND + 4


def test_likes_of_another_second_do_not_count() -> None:
    clock = FakeClock()
    hot = HotPosts(clock)
    for _ in range(3 * HOT_LIKES_A_SECOND):
        assert not hot.becomes_hot(1)
        clock.advance(1 / (HOT_LIKES_A_SECOND - 2))
