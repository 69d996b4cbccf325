"""People who post, delete, unfollow and read without a pause, and a ledger that holds every page against the facts.

Used by the scenarios of faults. Writes are repeated with the same Idempotency-Key until they are answered, so that at
the end it is known exactly which posts there are.
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
POST_EVERY, READ_EVERY, TURN_EVERY = 0.2, 0.1, 1.0  # seconds
DELETED_SHARE = 4  # one post of so many
PAGES = 3
RETRY_EVERY = 0.3


@dataclass(frozen=True)
class Cast:
    """Authors with a photograph each, the first a celebrity; `fickle` follows and unfollows the last of them."""

    authors: Sequence[tuple[Person, str]]
    viewers: Sequence[Person]
    fickle: Person

    @property
    def dropped(self) -> Person:
        """Return the author whom the fickle viewer drops and takes back."""
        return self.authors[-1][0]


@dataclass
class Ledger:
    """What was acknowledged, and what pages showed against it."""

    posts: set[str] = field(default_factory=set)  # deleted ones included
    deleted: set[str] = field(default_factory=set)
    unfollowed: int = 0  # counts the fickle viewer's acknowledged unfollows while one holds
    pages: int = 0
    refused_reads: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def expected(self) -> list[str]:
        """Return every viewer's feed, newest first, once all is quiet: in the end each follows each author."""
        return sorted(self.posts - self.deleted, key=int, reverse=True)


@dataclass(frozen=True)
class Facts:
    """What the pages of a walk must not show."""

    posts: frozenset[str]
    author: str | None

    def broken_by(self, pages: Sequence[Json]) -> list[str]:
        """Say what the pages of one walk show that they must not."""
        ids = [int(post["post_id"]) for post in pages]
        said = [f"deleted: {post['post_id']}" for post in pages if post["post_id"] in self.posts]
        said += [f"of an unfollowed author: {p['post_id']}" for p in pages if p["user"]["user_id"] == self.author]
        if ids != sorted(set(ids), reverse=True):
            said.append(f"repeated or not newest first: {ids}")
        return said


async def gather_cast(api: PhotoApi, cluster: Cluster, photo: bytes) -> Cast:
    """Register everybody; each viewer follows each author."""
    people = await register_all(api, ["author"] * 3 + ["viewer"] * 4)
    authors, viewers = people[:3], people[3:]
    await asyncio.to_thread(seed_followers, cluster, authors[0], CELEBRITY_FOLLOWERS)
    await follow_all(api, viewers, authors)
    media = await asyncio.gather(*(api.ready_media(author, photo) for author in authors))
    return Cast(list(zip(authors, media, strict=True)), viewers, viewers[-1])


@asynccontextmanager
async def load(api: PhotoApi, cast: Cast, ledger: Ledger) -> AsyncIterator[None]:
    """Keep everybody busy while the block lasts; whatever was begun is finished after it."""
    stop = asyncio.Event()
    work: list[Coroutine[Any, Any, None]] = [_post(api, author, ledger, stop) for author in cast.authors]
    work += [_read(api, cast, viewer, ledger, stop) for viewer in cast.viewers]
    work.append(_change_mind(api, cast, ledger, stop))
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def _post(api: PhotoApi, author: tuple[Person, str], ledger: Ledger, stop: asyncio.Event) -> None:
    person, media_id = author
    body = {"media_ids": [media_id], "caption": "through the storm"}
    for number in count():
        if stop.is_set():
            return
        key = {"Idempotency-Key": f"{person.user_id}-{number}"}
        answer = await _until(api, {201}, "POST", "/v1/posts", person, json=body, headers=key)
        post_id = answer.json()["post_id"]
        ledger.posts.add(post_id)
        if number % DELETED_SHARE == 1:
            await asyncio.sleep(POST_EVERY)
            # 404: an earlier try was carried out and its answer lost
            await _until(api, {200, 404}, "DELETE", f"/v1/posts/{post_id}", person)
            ledger.deleted.add(post_id)
        await asyncio.sleep(POST_EVERY)


async def _change_mind(api: PhotoApi, cast: Cast, ledger: Ledger, stop: asyncio.Event) -> None:
    path = f"/v1/users/{cast.dropped.user_id}/follow"
    for number in count(1):
        if stop.is_set():
            return
        await _until(api, {200}, "DELETE", path, cast.fickle)
        ledger.unfollowed = number
        await asyncio.sleep(TURN_EVERY)
        ledger.unfollowed = 0
        await _until(api, {200}, "POST", path, cast.fickle)
        await asyncio.sleep(TURN_EVERY)


async def _read(api: PhotoApi, cast: Cast, viewer: Person, ledger: Ledger, stop: asyncio.Event) -> None:
    while not stop.is_set():
        began = ledger.unfollowed
        deleted = frozenset(ledger.deleted)
        try:
            shown = await _walk(api, viewer)
        except httpx.HTTPError as error:
            ledger.refused_reads.append(repr(error))
        else:
            ledger.pages += 1
            # unfollowed before the walk began, and not followed again before it ended
            dropped = began and began == ledger.unfollowed and viewer == cast.fickle
            facts = Facts(deleted, cast.dropped.user_id if dropped else None)
            ledger.violations += [f"{viewer.username}: {said}" for said in facts.broken_by(shown)]
        await asyncio.sleep(READ_EVERY)


async def _walk(api: PhotoApi, viewer: Person) -> list[Json]:
    page = await api.feed_page(viewer)
    posts = list(page.posts)
    for _ in range(PAGES - 1):
        if page.next_cursor is None:
            break
        page = await api.feed_page(viewer, page.next_cursor)
        posts += page.posts
    return posts


async def _until(
    api: PhotoApi, statuses: set[int], method: str, path: str, person: Person, **options: Any
) -> httpx.Response:
    """Repeat a call until it is answered with one of these."""
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
    """Return whether the API says that trying again is of no use; where no pod serves, the network may answer."""
    of_the_api = answer.headers.get("content-type", "").startswith("application/problem+json")
    return of_the_api and answer.status_code < 500 and answer.status_code not in {409, 429}
