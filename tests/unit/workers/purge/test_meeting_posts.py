"""New posts that meet the purge of the last post of their media, in every order of their steps that is drawn."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from photo_core.domain.operations import Surface, SurfaceState
from photo_core.domain.posts import Post, PostMedia
from photo_workers.outcomes import DONE
from tests.support.purge_world import EVENT, PurgeWorld


class Turns:
    """Lets those who wait take one step at a time, in an order that is drawn."""

    def __init__(self, order: Sequence[int]) -> None:
        self._order = iter(order)
        self._waiting: list[asyncio.Future[None]] = []

    async def step(self, act: Any, *arguments: Any) -> Any:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await turn
        return await act(*arguments)

    async def run(self, *work: Coroutine[Any, Any, None]) -> None:
        tasks = [asyncio.create_task(one) for one in work]
        while not all(task.done() for task in tasks):
            for _ in range(5):
                await asyncio.sleep(0)
            if self._waiting:
                self._waiting.pop(next(self._order, 0) % len(self._waiting)).set_result(None)
        await asyncio.gather(*tasks)


async def create(world: PurgeWorld, turns: Turns, post: Post, media: PostMedia) -> None:
    """Create a post as the API does, with its claim and the question after it as two steps."""
    uses = world.posts.media_uses
    await turns.step(uses.claim, post.post_id, post.created_at_ms, [media.media_id])
    if not await turns.step(uses.closed, [media.media_id]):
        await turns.step(world.posts.create, post, EVENT)


async def purge(world: PurgeWorld, turns: Turns, post: Post) -> None:
    await world.worker(turns.step).surfaces.clear(Surface.MEDIA_OBJECTS, post)


@given(st.lists(st.integers(0, 3), max_size=40))
@settings(max_examples=200, deadline=None)
async def test_no_live_post_lacks_its_objects_and_none_are_left_after_the_last(order: list[int]) -> None:
    world, turns = PurgeWorld(), Turns(order)
    media = await world.media()
    old, new, newer = await world.post(media), world.new_post(media), world.new_post(media)
    await world.delete(old)
    creates = [create(world, turns, post, media) for post in (new, newer)]
    await turns.run(*creates, purge(world, turns, old), purge(world, turns, old))
    found = await world.posts.get_many([new.post_id, newer.post_id])
    live = [post for post in found.values() if post.deleted_at_ms is None]
    assert not live or world.stored(media) == [True, True]
    for post in live:
        await world.delete(post)
    world.clock.advance(60)
    assert set(await world.handle(old, *live)) == {DONE}
    assert world.stored(media) == [False, False]
    last = max([old, *live], key=lambda post: post.post_id)
    assert (await world.states(last))[Surface.MEDIA_OBJECTS] is SurfaceState.CLEARED
