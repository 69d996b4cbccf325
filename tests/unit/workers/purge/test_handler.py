"""The purge worker over fakes: what it clears, what it keeps, and what a crash between its steps repeats."""

from itertools import accumulate
from typing import Any

import pytest

from photo_core.domain.accounts import Avatar, NewAccount, ProfileChange
from photo_core.domain.media_lifecycle import original_key
from photo_core.domain.operations import SURFACES, OperationKind, OperationState, Surface, SurfaceState, state_of
from photo_core.errors import Engine
from photo_core.messages.topics import Topic
from photo_core.ports.events import IncomingMessage
from photo_core.ports.post_cache import BURIED
from photo_workers.outcomes import DONE, MAX_ATTEMPTS, Dead, Retry, Unavailable, retry_delay
from photo_workers.purge.surfaces import UNVERIFIED_AFTER_MS
from tests.support.purge_world import ADA, EVENT, PurgeWorld, message


@pytest.fixture
def world() -> PurgeWorld:
    return PurgeWorld()


async def test_everything_of_a_deleted_post_is_cleared_with_a_receipt(world: PurgeWorld) -> None:
    media = await world.media()
    post = await world.post(media)
    await world.likes.like(post.post_id, 9, 1)
    await world.delete(post)
    world.clock.advance(2)
    assert await world.handle(post) == [DONE]
    operation = await world.posts.operations.get(post.post_id)
    assert operation is not None
    assert state_of(operation) is OperationState.DONE
    assert await world.states(post) == dict.fromkeys(SURFACES[OperationKind.DELETE_POST], SurfaceState.CLEARED)
    assert {end.ended_at_ms for end in operation.ended.values()} == {world.clock.now_ms()}
    assert world.stored(media) == [False, False]
    assert not await world.likes.liked(post.post_id, 9)
    assert (await world.cache.read([post.post_id])).found == {post.post_id: BURIED}


async def test_the_objects_of_a_media_go_with_its_last_post(world: PurgeWorld) -> None:
    shared, alone = await world.media(), await world.media()
    first, second = await world.post(shared, alone), await world.post(shared)
    await world.delete(first)
    assert await world.handle(first) == [DONE]
    assert (world.stored(shared), world.stored(alone)) == ([True, True], [False, False])
    states = await world.states(first)
    assert (states[Surface.MEDIA_OBJECTS], states[Surface.EDGE]) == (SurfaceState.KEPT, SurfaceState.KEPT)
    third = await world.post(shared)
    await world.delete(second)
    await world.delete(third)
    assert await world.handle(second, third) == [DONE, DONE]
    assert world.stored(shared) == [False, False]
    assert await world.states(third) == dict.fromkeys(SURFACES[OperationKind.DELETE_POST], SurfaceState.CLEARED)


async def test_a_media_whose_objects_are_gone_makes_no_further_post(world: PurgeWorld) -> None:
    media = await world.media()
    post = await world.post(media)
    await world.delete(post)
    await world.handle(post)
    assert not await world.create(world.new_post(media))


async def test_the_picture_of_a_profile_is_kept(world: PurgeWorld) -> None:
    media = await world.media()
    await world.accounts.create(NewAccount(ADA, "ada", ""))
    picture = Avatar(media.media_id, media.variants[0].object_key)
    await world.accounts.change_profile(ADA, ProfileChange(avatar=picture))
    post = await world.post(media)
    await world.delete(post)
    assert await world.handle(post) == [DONE]
    assert world.stored(media) == [True, True]


async def test_an_original_that_was_uploaded_again_is_removed(world: PurgeWorld) -> None:
    media = await world.media()
    post = await world.post(media)
    key = original_key(media.media_id)
    world.objects.originals[key] = world.objects.variants[media.variants[0].object_key]
    await world.delete(post)
    await world.handle(post)
    assert await world.objects.head_original(key) is None


async def test_a_deletion_that_cannot_be_read_yet_is_tried_again(world: PurgeWorld) -> None:
    post = await world.post(await world.media())
    await world.likes.like(post.post_id, 9, 1)
    (outcome,) = await world.handle(post)
    assert isinstance(outcome, Retry)
    assert await world.likes.liked(post.post_id, 9)


async def test_a_message_that_cannot_be_read_is_dead(world: PurgeWorld) -> None:
    (outcome,) = await world.purge.handle([IncomingMessage(Topic.POSTS_DELETED, 0, 0, "17", b"{}", 0)])
    assert isinstance(outcome, Dead)


async def test_a_deletion_without_an_operation_is_given_one(world: PurgeWorld) -> None:
    post = await world.post()
    await world.delete(post)
    world.posts.operations._operations.clear()
    assert await world.handle(post) == [DONE]
    assert await world.states(post) == dict.fromkeys(SURFACES[OperationKind.DELETE_POST], SurfaceState.CLEARED)


async def test_without_redis_everything_else_is_cleared_and_the_message_held(world: PurgeWorld) -> None:
    post = await world.post(await world.media())
    await world.delete(post)
    world.cache.fail()
    (outcome,) = await world.handle(post)
    assert isinstance(outcome, Unavailable)
    assert outcome.engine is Engine.REDIS
    assert set(await world.states(post)) == set(SURFACES[OperationKind.DELETE_POST]) - {Surface.CACHES}
    world.cache.recover()
    assert await world.handle(post) == [DONE]
    assert await world.states(post) == dict.fromkeys(SURFACES[OperationKind.DELETE_POST], SurfaceState.CLEARED)


async def test_without_the_object_store_the_message_is_held(world: PurgeWorld) -> None:
    post = await world.post(await world.media())
    await world.delete(post)
    world.objects.available = False
    (outcome,) = await world.handle(post)
    assert isinstance(outcome, Unavailable)
    assert outcome.engine is Engine.OBJECT_STORAGE
    world.objects.available = True
    assert await world.handle(post) == [DONE]


async def test_a_post_that_an_edge_still_serves_is_not_told_to_be_gone(world: PurgeWorld) -> None:
    media = await world.media()
    post = await world.post(media)
    await world.delete(post)
    world.objects.kept_at_edge.add(media.variants[1].object_key)
    (outcome,) = await world.handle(post)
    assert isinstance(outcome, Retry)
    assert Surface.EDGE not in await world.states(post)
    world.objects.kept_at_edge.clear()
    assert await world.handle(post) == [DONE]


async def test_public_urls_that_cannot_be_asked_end_as_unverified(world: PurgeWorld) -> None:
    post = await world.post(await world.media())
    await world.delete(post)
    world.objects.public_way_open = False
    (outcome,) = await world.handle(post)
    assert isinstance(outcome, Retry)
    world.clock.advance(600)
    assert await world.handle(post) == [DONE]
    assert (await world.states(post))[Surface.EDGE] is SurfaceState.UNVERIFIED
    operation = await world.posts.operations.get(post.post_id)
    assert operation is not None
    assert state_of(operation) is OperationState.DONE


async def test_an_object_store_that_was_away_for_long_is_asked_at_its_public_urls(world: PurgeWorld) -> None:
    post = await world.post(await world.media())
    await world.delete(post)
    world.objects.available = False
    world.clock.advance(6000)
    await world.handle(post)
    world.objects.available = True
    assert await world.handle(post) == [DONE]
    assert await world.states(post) == dict.fromkeys(SURFACES[OperationKind.DELETE_POST], SurfaceState.CLEARED)


async def test_public_urls_are_asked_again_while_the_message_is_tried_again() -> None:
    tried_after = list(accumulate(retry_delay(attempts) for attempts in range(1, MAX_ATTEMPTS)))
    assert sum(seconds * 1000 >= UNVERIFIED_AFTER_MS for seconds in tried_after) >= 2


async def test_hidden_posts_are_shown_no_more_once_their_tombstones_stand(world: PurgeWorld) -> None:
    earlier, post = world.id(), await world.post()
    await world.delete(post)
    await world.feed_states.hide(earlier)
    await world.feed_states.hide(post.post_id)
    assert await world.handle(post) == [DONE]
    assert await world.feed_states.hidden() == frozenset()
    assert set((await world.cache.read([earlier, post.post_id])).found) == {earlier, post.post_id}


async def test_hidden_posts_stay_hidden_without_redis(world: PurgeWorld) -> None:
    post = await world.post()
    await world.delete(post)
    await world.feed_states.hide(post.post_id)
    world.cache.fail()
    await world.handle(post)
    assert await world.feed_states.hidden() == {post.post_id}


async def test_a_post_that_is_on_its_way_is_waited_for_and_keeps_its_objects(world: PurgeWorld) -> None:
    media = await world.media()
    post, coming = await world.post(media), world.new_post(media)
    await world.posts.media_uses.claim(coming.post_id, coming.created_at_ms, [media.media_id])
    await world.delete(post)
    (outcome,) = await world.handle(post)
    assert isinstance(outcome, Retry)
    await world.posts.create(coming, EVENT)
    assert await world.handle(post) == [DONE]
    assert world.stored(media) == [True, True]


async def test_a_claim_whose_post_never_came_keeps_nothing_and_lets_nothing_come(world: PurgeWorld) -> None:
    media = await world.media()
    post, lost = await world.post(media), world.new_post(media)
    await world.posts.media_uses.claim(lost.post_id, lost.created_at_ms, [media.media_id])
    await world.delete(post)
    world.clock.advance(60)
    assert await world.handle(post) == [DONE]
    assert world.stored(media) == [False, False]
    await world.posts.create(lost, EVENT)
    assert (await world.posts.get_many([lost.post_id]))[lost.post_id].deleted_at_ms is not None


class Killed(Exception):
    """The process is gone."""


@pytest.mark.parametrize("steps", range(10))
async def test_a_crash_between_any_two_steps_is_made_good_by_the_next_delivery(world: PurgeWorld, steps: int) -> None:
    media = await world.media()
    post = await world.post(media)
    await world.delete(post)
    left = iter(range(steps))

    async def step_or_die(act: Any, *arguments: Any) -> Any:
        if next(left, None) is None:
            raise Killed
        return await act(*arguments)

    with pytest.raises(ExceptionGroup):
        await world.worker(step_or_die).handle([message(post)])
    assert await world.handle(post) == [DONE]
    assert await world.states(post) == dict.fromkeys(SURFACES[OperationKind.DELETE_POST], SurfaceState.CLEARED)
    assert world.stored(media) == [False, False]
