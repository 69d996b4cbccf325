"""Users who post, delete, unfollow and read all the time, and a ledger that checks every page that they read.

Used by `feed_faults`. Writes are repeated with the same Idempotency-Key until they are answered, so that in the end it
is known exactly which posts exist.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from hack.scenarios.api import Json, Person, PhotoApi
from hack.scenarios.cluster import Cluster
from hack.scenarios.people import follow_all, register_all, seed_followers

CELEBRITY_FOLLOWERS = 450  # above the sample's threshold
POST_EVERY, READ_EVERY, UNFOLLOW_EVERY = 0.2, 0.1, 1.0  # seconds
DELETE_ONE_IN = 4  # posts
PAGES = 3
RETRY_EVERY = 0.3


@dataclass(frozen=True)
class LoadUsers:
    """Authors with a photograph each, and viewers. The first author is a celebrity.

    `unfollower` is the viewer who unfollows and follows the last author in turn.
    """

    authors: Sequence[tuple[Person, str]]
    viewers: Sequence[Person]
    unfollower: Person

    @property
    def unfollowed_author(self) -> Person:
        """Return the author whom `unfollower` unfollows and follows in turn."""
        return self.authors[-1][0]


@dataclass
class Ledger:
    """What was acknowledged, and the violations of it that pages showed."""

    posts: set[str] = field(default_factory=set)  # deleted ones included
    deleted: set[str] = field(default_factory=set)
    unfollowed: int = 0  # the number of the current unfollow; 0 while the author is followed
    pages: int = 0
    refused_reads: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def expected(self) -> list[str]:
        """Return the final feed of every viewer, newest first: in the end each viewer follows each author."""
        return sorted(self.posts - self.deleted, key=int, reverse=True)


@dataclass(frozen=True)
class Expectations:
    """What consecutive pages must not show: deleted posts, and posts of an unfollowed author."""

    posts: frozenset[str]
    author: str | None

    def violations_in(self, pages: Sequence[Json]) -> list[str]:
        """Return the violations in the posts of consecutive pages."""
        ids = [int(post["post_id"]) for post in pages]
        found = [f"deleted: {post['post_id']}" for post in pages if post["post_id"] in self.posts]
        found += [f"of an unfollowed author: {p['post_id']}" for p in pages if p["user"]["user_id"] == self.author]
        if ids != sorted(set(ids), reverse=True):
            found.append(f"repeated or not newest first: {ids}")
        return found


async def register_load_users(api: PhotoApi, cluster: Cluster, photo: bytes) -> LoadUsers:
    """Register authors and viewers; each viewer follows each author."""
    people = await register_all(api, ["author"] * 3 + ["viewer"] * 4)
    authors, viewers = people[:3], people[3:]
    await asyncio.to_thread(seed_followers, cluster, authors[0], CELEBRITY_FOLLOWERS)
    await follow_all(api, viewers, authors)
    media = await asyncio.gather(*(api.ready_media(author, photo) for author in authors))
    return LoadUsers(list(zip(authors, media, strict=True)), viewers, viewers[-1])


@asynccontextmanager
async def load(api: PhotoApi, users: LoadUsers, ledger: Ledger) -> AsyncIterator[None]:
    """Run all users while the block lasts, and finish their last operations after it."""
    stop = asyncio.Event()
    work: list[Coroutine[Any, Any, None]] = [_post(api, author, ledger, stop) for author in users.authors]
    work += [_read(api, users, viewer, ledger, stop) for viewer in users.viewers]
    work.append(_unfollow_and_follow(api, users, ledger, stop))
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def _post(api: PhotoApi, author: tuple[Person, str], ledger: Ledger, stop: asyncio.Event) -> None:
    person, media_id = author
    body = {"media_ids": [media_id], "caption": "during the fault"}
    for number in count():
        if stop.is_set():
            return
        key = {"Idempotency-Key": f"{person.user_id}-{number}"}
        answer = await _repeat_until(api, {201}, "POST", "/v1/posts", person, json=body, headers=key)
        post_id = answer.json()["post_id"]
        ledger.posts.add(post_id)
        if number % DELETE_ONE_IN == 1:
            await asyncio.sleep(POST_EVERY)
            # 404: an earlier attempt succeeded and its response was lost
            await _repeat_until(api, {200, 404}, "DELETE", f"/v1/posts/{post_id}", person)
            ledger.deleted.add(post_id)
        await asyncio.sleep(POST_EVERY)


async def _unfollow_and_follow(api: PhotoApi, users: LoadUsers, ledger: Ledger, stop: asyncio.Event) -> None:
    path = f"/v1/users/{users.unfollowed_author.user_id}/follow"
    for number in count(1):
        if stop.is_set():
            return
        await _repeat_until(api, {200}, "DELETE", path, users.unfollower)
        ledger.unfollowed = number
        await asyncio.sleep(UNFOLLOW_EVERY)
        ledger.unfollowed = 0
        await _repeat_until(api, {200}, "POST", path, users.unfollower)
        await asyncio.sleep(UNFOLLOW_EVERY)


async def _read(api: PhotoApi, users: LoadUsers, viewer: Person, ledger: Ledger, stop: asyncio.Event) -> None:
    while not stop.is_set():
        began = ledger.unfollowed
        deleted = frozenset(ledger.deleted)
        try:
            shown = await _read_pages(api, viewer)
        except httpx.HTTPError as error:
            ledger.refused_reads.append(repr(error))
        else:
            ledger.pages += 1
            # unfollowed before the first page was requested, and not followed again before the last one
            unfollowed = began and began == ledger.unfollowed and viewer == users.unfollower
            expectations = Expectations(deleted, users.unfollowed_author.user_id if unfollowed else None)
            ledger.violations += [f"{viewer.username}: {found}" for found in expectations.violations_in(shown)]
        await asyncio.sleep(READ_EVERY)


async def _read_pages(api: PhotoApi, viewer: Person) -> list[Json]:
    page = await api.feed_page(viewer)
    posts = list(page.posts)
    for _ in range(PAGES - 1):
        if page.next_cursor is None:
            break
        page = await api.feed_page(viewer, page.next_cursor)
        posts += page.posts
    return posts


async def _repeat_until(
    api: PhotoApi, statuses: set[int], method: str, path: str, person: Person, **options: Any
) -> httpx.Response:
    """Repeat a call until its status is one of `statuses`."""
    while True:
        try:
            answer = await api.call(method, path, person, **options)
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code in statuses and answer.content:
            return answer
        if answer is not None and _is_refusal(answer):
            raise AssertionError(f"{method} {path} -> {answer.status_code} {answer.text}")
        await asyncio.sleep(RETRY_EVERY)


def _is_refusal(answer: httpx.Response) -> bool:
    """Return whether the API itself refused the call for good; without a ready pod, the network may answer."""
    of_the_api = answer.headers.get("content-type", "").startswith("application/problem+json")
    return of_the_api and answer.status_code < 500 and answer.status_code not in {409, 429}
