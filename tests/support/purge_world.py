"""What a deleted post leaves traces in, in memory, with the purge worker over it: for tests of the worker."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import Any

from photo_core.domain.ids import compose
from photo_core.domain.media import Variant
from photo_core.domain.operations import Surface, SurfaceState
from photo_core.domain.posts import Post, PostMedia
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.feed_state import FakeFeedStates
from photo_core.fakes.graph_state import GraphState
from photo_core.fakes.interactions import FakeComments, FakeCounters, FakeInteractionErasure, FakeLikes
from photo_core.fakes.object_storage import FakeObjectStorage
from photo_core.fakes.post_cache import FakePostCache
from photo_core.fakes.posts import FakeOutbox, FakePosts
from photo_core.messages.events import PostDeleted, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import IncomingMessage
from photo_core.ports.posts import OutboxRecord
from photo_workers.outcomes import Outcome
from photo_workers.purge.handler import Purge
from photo_workers.purge.surfaces import PostSurfaces

ADA = 17
EVENT = OutboxRecord(1, Topic.POSTS_DELETED, str(ADA), b"")


Step = Callable[..., Awaitable[Any]]  # is given a method and its arguments, and calls it when it thinks fit


async def at_once(act: Any, *arguments: Any) -> Any:
    return await act(*arguments)


class Stepped:
    """Any port, with each call of its methods made by a step."""

    def __init__(self, port: Any, step: Step) -> None:
        self._port = port
        self._step = step

    def __getattr__(self, name: str) -> Any:
        async def stepped(*arguments: Any) -> Any:
            return await self._step(getattr(self._port, name), *arguments)

        return stepped


class PurgeWorld:
    """Everything that a post leaves traces in."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.outbox, self.accounts = FakeOutbox(), FakeAccounts()
        self.posts = FakePosts(self.outbox)
        self.cache, self.objects = FakePostCache(), FakeObjectStorage()
        self.feed_states = FakeFeedStates(GraphState(self.accounts))
        self.likes = FakeLikes(self.outbox)
        self.interactions = FakeInteractionErasure(
            self.likes, FakeComments(self.outbox), FakeCounters(self.outbox), self.outbox
        )
        self.sequence = count()
        self.purge = self.worker(at_once)

    def worker(self, step: Step) -> Purge:
        """Return a worker each of whose calls on claims and operations is a step."""
        media_uses: Any = Stepped(self.posts.media_uses, step)
        operations: Any = Stepped(self.posts.operations, step)
        surfaces = PostSurfaces(
            posts=self.posts,
            post_cache=self.cache,
            feed_states=self.feed_states,
            interactions=self.interactions,
            media_uses=media_uses,
            accounts=self.accounts,
            objects=self.objects,
            clock=self.clock,
        )
        return Purge(self.posts, operations, surfaces, self.clock)

    def id(self, seconds_ago: float = 0) -> int:
        return compose(self.clock.now_ms() - round(seconds_ago * 1000), 1, next(self.sequence))

    async def media(self) -> PostMedia:
        media_id = self.id()
        keys = [f"m/{media_id}/small.webp", f"m/{media_id}/large.webp"]
        for key in keys:
            await self.objects.put_variant(key, "image/webp", b"x")
        variants = tuple(Variant("small", 1, 1, "image/webp", 1, key) for key in keys)
        return PostMedia(media_id, "photo", variants)

    def new_post(self, *media: PostMedia, seconds_ago: float = 0) -> Post:
        return Post(self.id(seconds_ago), ADA, "ada", media, "dusk", self.clock.now_ms())

    async def create(self, post: Post) -> bool:
        media_ids = [media.media_id for media in post.media]
        if await self.posts.media_uses.claim(post.post_id, post.created_at_ms, media_ids):
            return False
        await self.posts.create(post, EVENT)
        return True

    async def post(self, *media: PostMedia) -> Post:
        post = self.new_post(*media)
        assert await self.create(post)
        return post

    async def delete(self, post: Post) -> None:
        await self.posts.delete(post, self.clock.now_ms(), EVENT)

    async def handle(self, *posts: Post) -> Sequence[Outcome]:
        return await self.purge.handle([message(post, offset) for offset, post in enumerate(posts)])

    async def states(self, post: Post) -> dict[Surface, SurfaceState]:
        operation = await self.posts.operations.get(post.post_id)
        assert operation is not None
        return {surface: end.state for surface, end in operation.ended.items()}

    def stored(self, media: PostMedia) -> list[bool]:
        return [variant.object_key in self.objects.variants for variant in media.variants]


def message(post: Post, offset: int = 0) -> IncomingMessage:
    value = encode(PostDeleted(post.post_id, post.author_id, 5))
    return IncomingMessage(Topic.POSTS_DELETED, 0, offset, str(post.author_id), value, 0)
