"""What people do on the whole feed path in one process, and what they may see of it.

Used by the models of the feed, on fakes and on real engines. Everything on the way is the platform's own; this module
only calls it, keeps the books of what was acknowledged (`Oracle`), and holds every page against them.
"""

from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Any, Protocol

from photo_app.authentication.tokens import Viewer
from photo_app.feed.service import ServedPage
from photo_app.http.problems import Problem
from photo_app.likes.service import LikeService
from photo_app.posts.creation import PostCreation
from photo_app.posts.deletion import PostDeletion
from photo_app.posts.schemas import NewPost
from photo_core.domain.accounts import NewAccount
from photo_core.domain.feed.merge import BEYOND_ALL
from photo_core.domain.media import Media, MediaState, Variant
from photo_core.domain.runtime_policy import FeedMode
from photo_core.errors import EngineUnavailable, Refused
from photo_core.messages.events import RebuildRange, encode
from photo_core.messages.topics import Group, Topic
from photo_core.ports.events import IncomingMessage, OutgoingMessage
from photo_core.settings import FeedSettings
from tests.support.feed_books import Books, Change, Reading
from tests.support.feed_oracle import Oracle, newest_first_without_repeats
from tests.support.feed_platform import Engines, Platform, Pod, Wrap

PODS = 2
PROBES = 3  # that close a breaker
ROUNDS = 30  # a message leads to others, but not for ever
RELAYED_AFTER_SECONDS = 10
RECOUNTS, RECOUNTED_AFTER_SECONDS = 4, 600  # a count that differs is looked at again before it is mended
REBUILD_RUN = 1


class ObservedEngines(Engines, Protocol):
    """Engines of which a test knows how they are, and what they hold."""

    @property
    def redis_is_up(self) -> bool: ...

    @property
    def truth_is_up(self) -> bool: ...

    def let_time_pass(self, seconds: float) -> None: ...

    async def learn(self, oracle: Oracle) -> None: ...

    async def posts_of(self, author: int) -> set[int]: ...


class FeedWorld:
    """People on two pods of the API, with the workers behind them.

    Args:
        engines: what holds the truth and the caches.
        limits: of the feeds.
        wrap: what stands between each process and each port.
    """

    def __init__(self, engines: ObservedEngines, limits: FeedSettings, wrap: Wrap = lambda port: port) -> None:
        self.engines = engines
        self.platform = Platform(engines, limits, wrap)
        self.mail = self.platform.mail
        self.books = Books()
        self.people: list[Viewer] = []
        self.pods = [self.platform.start_pod() for _ in range(PODS)]
        self.workers = self.platform.start_workers()
        self.just_posted: dict[tuple[Pod, int], set[int]] = {}  # by pod and author
        self.slow = False  # whether calls have run out of time since all was quiet

    @property
    def oracle(self) -> Oracle:
        return self.books.oracle

    def person(self, user_id: int) -> Viewer:
        return next(person for person in self.people if person.user_id == user_id)

    async def register(self) -> Viewer:
        """Add somebody."""
        user_id = self.pods[0].ports.minter.mint()
        account = await self.engines.ports.accounts.create(NewAccount(user_id, f"person_{user_id}", "!"))
        person = Viewer(account.user_id, account.username, "session", 0)
        self.people.append(person)
        return person

    async def post(self, pod: Pod, author: Viewer) -> None:
        """Post a photograph that is READY."""
        media_id = await self._photograph(pod, author)
        self.books.unanswered_posts.add(author.user_id)
        with suppress(EngineUnavailable):
            post = await pod.services.registry[PostCreation].create(author, NewPost(media_ids=[str(media_id)]), None)
            self.oracle.authors[post.post_id] = author.user_id
            self.just_posted.setdefault((pod, author.user_id), set()).add(post.post_id)
            self.books.changed()

    async def delete(self, pod: Pod, author: Viewer, post_id: int) -> None:
        """Delete a post."""
        self.books.unanswered_deletions.add(post_id)
        was_open = pod.services.redis_guard.is_open
        with suppress(EngineUnavailable):
            await pod.services.registry[PostDeletion].delete(author, post_id)
            if was_open or pod.services.redis_guard.is_open or self.slow:
                self.books.unburied[post_id] = author.user_id
            self.oracle.authors.pop(post_id, None)

    async def like(self, pod: Pod, viewer: Viewer, post_id: int, *, liked: bool) -> None:
        """Like a post if the viewer may see it, or like it no longer."""
        likes = pod.services.registry[LikeService]
        self.books.begin_to_like(viewer.user_id, post_id, liked=liked)
        with suppress(EngineUnavailable):
            if await _was_carried_out((likes.like if liked else likes.unlike)(viewer.user_id, post_id)):
                self.oracle.likes -= {(viewer.user_id, post_id)}
                self.oracle.likes |= {(viewer.user_id, post_id)} if liked and self._reaches(viewer, post_id) else set()
            del self.books.unanswered_likes[viewer.user_id, post_id]

    async def grant(self, call: Awaitable[Any], change: Change) -> None:
        """Make a change that can only show more, which it may from its beginning on."""
        self.books.granting.append(change)
        self.books.changed()
        with suppress(EngineUnavailable):
            if await _was_carried_out(call):
                change(self.oracle)
            self.books.granting.remove(change)

    async def take(self, pod: Pod, call: Awaitable[Any], change: Change) -> None:
        """Make a change that can only show less, as every page must that is asked for after it was answered."""
        self.books.unanswered_takes += 1
        was_open = pod.services.redis_guard.is_open
        with suppress(EngineUnavailable):
            if await _was_carried_out(call):
                if was_open or pod.services.redis_guard.is_open:
                    self.books.take_unfenced([person.user_id for person in self.people], change)
                else:  # Redis was told before the change
                    change(self.oracle)
            self.books.unanswered_takes -= 1

    async def page(self, pod: Pod, viewer: Viewer, before_id: int, limit: int) -> ServedPage | None:
        """Read a page and hold it against the books; None where it may be refused."""
        reading = self.books.begin_to_read(viewer.user_id)
        reading.own = frozenset(self.just_posted.get((pod, viewer.user_id), ()))
        self.watch_engines()
        try:
            served = await pod.services.feed.service.page(viewer.user_id, before_id, limit)
        except EngineUnavailable:
            unasked = pod.policies.current().feed_mode is FeedMode.PULL or pod.services.redis_guard.is_open
            assert reading.truth_was_away or pod.services.feed.cassandra_guard.is_open, "the truth served"
            assert reading.redis_was_away or unasked, "refused although Redis served"
            return None
        finally:
            self.books.readings.remove(reading)
        await self._check(reading, served, before_id, limit)
        self._own_posts_are_shown(reading, served, before_id)
        return served

    async def walk(self, pod: Pod, viewer: Viewer, before_id: int, limit: int) -> tuple[list[int], set[FeedMode]]:
        """Read pages to the end, or to where none is given now; return all ids and the modes of the answers."""
        walked: list[int] = []
        modes: set[FeedMode] = set()
        following: int | None = before_id
        while following is not None and (served := await self.page(pod, viewer, following, limit)):
            walked += ids_of(served)
            modes.add(served.mode)
            following = served.page.next_before_id
        return walked, modes

    def watch_engines(self) -> None:
        """Note what is away, for everything that is being read."""
        for reading in self.books.readings:
            reading.redis_was_away |= not self.engines.redis_is_up
            reading.truth_was_away |= not self.engines.truth_is_up

    def time_ran_out(self) -> None:
        """Note that no engine answered in time, for everything that is being read."""
        self.slow = self.mail.refused = True
        for reading in self.books.readings:
            reading.redis_was_away = reading.truth_was_away = True

    async def work(self, group: Group, batch: Sequence[IncomingMessage]) -> None:
        """Let a worker handle these; while an engine is away they wait on."""
        with suppress(EngineUnavailable):
            await self.mail.handle(group, batch, self.workers.handlers[group])

    async def work_off(self, group: Group) -> None:
        """Let a worker handle all that waits for it now."""
        for batch in self.mail.subscriptions[group].batches():
            await self.work(group, batch)

    async def relay(self) -> int:
        """Let the outbox relay pass, after its records have waited long enough; return what it moved."""
        self.engines.let_time_pass(RELAYED_AFTER_SECONDS)
        with suppress(EngineUnavailable):
            return await self.workers.relay.relay()
        return 0

    async def settle(self) -> None:
        """Let every message through, and learn what became of what was never answered."""
        for pod in self.pods:
            pod.policies.become(FeedMode.PUSH)
            for _ in range(PROBES):
                await pod.services.redis_guard.probe()
                await pod.services.feed.cassandra_guard.probe()
        await self._work_off_all()
        await self._learn()
        await self._like_again()
        await self._work_off_all()
        if not self.mail.refused:  # else the reconciler finds what was not told
            await self.counts_are_told()
        for _ in range(RECOUNTS):
            self.engines.let_time_pass(RECOUNTED_AFTER_SECONDS)
            await self.workers.reconciler.check_touched_posts()
            await self._work_off_all()
        self.mail.refused = False

    async def ask_for_rebuild(self) -> None:
        """Ask for what an operator's run asks for: that everybody's feed be made whole."""
        viewers = tuple(person.user_id for person in self.people)
        wanted = encode(RebuildRange(REBUILD_RUN, viewers))
        with suppress(EngineUnavailable):
            await self.mail.publish([OutgoingMessage(Topic.FEED_REBUILD, "0", wanted)])

    async def walk_equals_the_oracle(self, pod: Pod, viewer: Viewer, limit: int) -> set[FeedMode]:
        """Require, once all is quiet, each page to the very first post; return the modes of the answers."""
        expected, before_id, modes = self.oracle.feed(viewer.user_id), BEYOND_ALL, set()
        while True:
            served = await self.page(pod, viewer, before_id, limit)
            assert served is not None
            shown, rest = expected[:limit], expected[limit:]
            assert ids_of(served) == shown
            assert (served.page.next_before_id, served.page.has_more) == (shown[-1] if rest else None, bool(rest))
            counted = {post.post_id: post.likes for post in served.page.posts}
            assert counted == self._likes(shown), f"{counted} and not {self._likes(shown)}"
            assert served.liked == {post_id for post_id in shown if (viewer.user_id, post_id) in self.oracle.likes}
            modes.add(served.mode)
            if not rest:
                return modes
            before_id, expected = shown[-1], rest

    async def counts_equal_the_oracle(self) -> None:
        """Require, once all is quiet, the counts of followers and of single posts."""
        everybody = [person.user_id for person in self.people]
        accounts = await self.engines.ports.accounts.get_many(everybody)
        followers = {person: self.oracle.follower_count(person) for person in everybody}
        assert {person: account.follower_count for person, account in accounts.items()} == followers
        for post_id in self.oracle.authors:
            exact = await self.pods[0].services.interactions.exact(post_id)
            assert exact.likes == self.oracle.like_count(post_id)

    async def counts_are_told(self) -> None:
        """Require that every like was counted once, without the help of the reconciler."""
        tallies = await self.engines.ports.counters.get_many(self.oracle.authors.keys())
        assert {post_id: tally.likes for post_id, tally in tallies.items() if tally.likes} == {
            post_id: likes for post_id in self.oracle.authors if (likes := self.oracle.like_count(post_id))
        }

    def _reaches(self, viewer: Viewer, post_id: int) -> bool:
        """Return whether a like is carried out: an answer that says so is given across a block, too."""
        author = self.oracle.authors.get(post_id)
        return author is not None and self.oracle.may_see_posts_of(viewer.user_id, author)

    def _likes(self, post_ids: Sequence[int]) -> dict[int, int]:
        return {post_id: self.oracle.like_count(post_id) for post_id in post_ids}

    async def _work_off_all(self) -> None:
        for _ in range(ROUNDS):
            if not await self.relay() and self.mail.is_empty():
                return
            for group in self.mail.subscriptions:
                await self.work_off(group)
        raise AssertionError(f"messages that nobody settles: {self.mail.waiting()}")

    async def _learn(self) -> None:
        for author in self.books.unanswered_posts:
            known = {post_id for post_id, of in self.oracle.authors.items() if of == author}
            self.oracle.authors |= dict.fromkeys(await self.engines.posts_of(author) - known, author)
        for post_id in self.books.unanswered_deletions & self.oracle.authors.keys():
            if post_id not in await self.engines.posts_of(self.oracle.authors[post_id]):
                del self.oracle.authors[post_id]
        if self.books.granting or self.books.unanswered_takes:
            await self.engines.learn(self.oracle)
        self.books = Books(self.oracle, unanswered_likes=self.books.unanswered_likes, readings=self.books.readings)

    async def _like_again(self) -> None:
        """Let everybody whose like was not answered try again, as people do."""
        for (viewer, post_id), liked in list(self.books.unanswered_likes.items()):
            await self.like(self.pods[0], self.person(viewer), post_id, liked=liked)

    async def _check(self, reading: Reading, served: ServedPage, before_id: int, limit: int) -> None:
        shown = ids_of(served)
        assert len(shown) <= limit
        assert newest_first_without_repeats([before_id, *shown])
        if served.mode is FeedMode.STALE:
            self.books.let_be_stale(reading)
        for post_id in set(shown) - reading.allowed:
            assert await self._may_have_been_posted(reading, post_id), f"{post_id} must not be shown"
        following = served.page.next_before_id
        assert following is None or following <= min([before_id - 1, *shown])
        liked = reading.liked & set(shown) & self.oracle.authors.keys() - self.books.unanswered_deletions
        assert not reading.not_liked & served.liked, "a like that was taken back is told"
        assert not served.liked or liked <= served.liked, "a like is not told"  # none: nobody could tell

    def _own_posts_are_shown(self, reading: Reading, served: ServedPage, before_id: int) -> None:
        """Require what the viewer has posted on this pod before the page was asked for."""
        lowest = served.page.next_before_id if served.page.has_more else 0
        if served.page.complete and lowest is not None and served.mode is not FeedMode.STALE:
            own = {post_id for post_id in reading.own if lowest <= post_id < before_id}
            there = self.oracle.authors.keys() - self.books.unanswered_deletions
            assert own & there <= set(ids_of(served)), "an own post is missing"

    async def _may_have_been_posted(self, reading: Reading, post_id: int) -> bool:
        """Return whether a post may be one whose author has no answer yet."""
        for author in self.books.unanswered_posts & reading.authors:
            if post_id not in self.oracle.authors and post_id in await self.engines.posts_of(author):
                return True
        return False

    async def _photograph(self, pod: Pod, owner: Viewer) -> int:
        media_id = pod.ports.minter.mint()
        variant = Variant("large", 1080, 720, "image/webp", 90_000, f"{media_id}/large.webp")
        now_ms = self.engines.clock.now_ms()
        media = Media(media_id, owner.user_id, "image/jpeg", 9, "o/1", now_ms, MediaState.READY, variants=(variant,))
        await self.engines.ports.media.save(media)
        return media_id


async def _was_carried_out(call: Awaitable[Any]) -> bool:
    """Return whether a request was answered by what it asked for, and not by a refusal."""
    try:
        await call
    except (Problem, Refused):
        return False
    return True


def ids_of(served: ServedPage) -> list[int]:
    """Return the ids of a page's posts, in order."""
    return [post.post_id for post in served.page.posts]
