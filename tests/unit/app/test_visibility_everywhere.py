"""Every surface that shows somebody or something agrees with the one visibility function.

Three people stand to each other in a drawn way. Everybody asks every surface about everybody else and their posts.
"""

import asyncio
from dataclasses import dataclass

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photo_core.domain.visibility import Relation, may_meet, may_see_account, may_see_posts_of
from tests.support.api import Api, Person, running_api

PEOPLE = ("ada", "bob", "eve")
PAIRS = [(one, other) for one in PEOPLE for other in PEOPLE if one != other]
pairs = st.sets(st.sampled_from(PAIRS))


@dataclass(frozen=True)
class Standing:
    """How people stand to each other."""

    follows: set[tuple[str, str]]
    mutes: set[tuple[str, str]]
    blocks: set[tuple[str, str]]
    private: set[str]


standings = st.builds(
    Standing, pairs, pairs, st.sets(st.sampled_from(PAIRS), max_size=2), st.sets(st.sampled_from(PEOPLE))
)


@dataclass(frozen=True)
class Shown:
    """The people of one example, each with one post that is there and one that was deleted."""

    api: Api
    people: dict[str, Person]
    posts: dict[str, str]
    deleted: dict[str, str]

    async def get(self, viewer: str, path: str) -> httpx.Response:
        return await self.api.http.get(f"/v1{path}", headers=self.people[viewer].headers)

    async def send(self, viewer: str, method: str, path: str, **body: object) -> httpx.Response:
        json = body or None
        return await self.api.http.request(method, f"/v1{path}", headers=self.people[viewer].headers, json=json)

    async def relation(self, viewer: str, author: str) -> Relation:
        found = await self.api.fakes.ports.follows.relation(self.id_of(viewer), self.id_of(author))
        assert found is not None
        return found

    def id_of(self, name: str) -> int:
        return int(self.people[name].user_id)

    def user(self, name: str) -> str:
        return f"/users/{self.people[name].user_id}"


@pytest.mark.search
@given(standings)
@settings(settings.get_profile("costly"))
def test_every_surface_shows_what_the_one_function_allows(standing: Standing) -> None:
    asyncio.run(every_surface_agrees(standing))


async def every_surface_agrees(standing: Standing) -> None:
    async with running_api() as api:
        shown = await arrange(api, standing)
        for viewer in PEOPLE:
            await the_feed_agrees(shown, viewer)
            await the_saved_posts_agree(shown, viewer)
            for author in PEOPLE:
                await one_author_agrees(shown, viewer, author)
        await a_private_account_looks_absent(shown)


async def arrange(api: Api, standing: Standing) -> Shown:
    people = {name: await api.person(name) for name in PEOPLE}
    posts = {name: str((await api.post_of(person))["post_id"]) for name, person in people.items()}
    deleted = {name: str((await api.post_of(person))["post_id"]) for name, person in people.items()}
    shown = Shown(api, people, posts, deleted)
    for one in PEOPLE:
        for post_id in (*posts.values(), *deleted.values()):
            await shown.send(one, "POST", f"/posts/{post_id}/comments", text="so nice")
            await shown.send(one, "POST", f"/posts/{post_id}/save")
    for one, other in sorted(standing.follows):
        await shown.send(one, "POST", f"{shown.user(other)}/follow")
    for name in sorted(standing.private):
        await shown.send(name, "PATCH", "/users/me", private=True)
    for one, other in sorted(standing.mutes):
        await shown.send(one, "POST", f"{shown.user(other)}/mute")
    for one, other in sorted(standing.blocks):
        await shown.send(one, "POST", f"{shown.user(other)}/block")
    for name, post_id in deleted.items():
        assert (await shown.send(name, "DELETE", f"/posts/{post_id}")).status_code == 200
    return shown


async def the_feed_agrees(shown: Shown, viewer: str) -> None:
    followed = {author: await shown.relation(viewer, author) for author in PEOPLE}
    expected = {
        shown.posts[author]
        for author, relation in followed.items()
        if author == viewer or (relation.following and not relation.muted and may_see_posts_of(relation))
    }
    assert listed(await shown.get(viewer, "/feed"), "posts", "post_id") == expected


async def the_saved_posts_agree(shown: Shown, viewer: str) -> None:
    expected = {shown.posts[a] for a in PEOPLE if may_see_posts_of(await shown.relation(viewer, a))}
    assert listed(await shown.get(viewer, "/users/me/saved"), "posts", "post_id") == expected


async def one_author_agrees(shown: Shown, viewer: str, author: str) -> None:
    relation = await shown.relation(viewer, author)
    seen, post_id = may_see_posts_of(relation), shown.posts[author]
    assert answered(await shown.get(viewer, shown.user(author))) is may_see_account(relation)
    assert answered(await shown.get(viewer, f"/posts/{post_id}")) is seen
    assert not answered(await shown.get(viewer, f"/posts/{shown.deleted[author]}"))
    assert not answered(await shown.get(viewer, f"/posts/{shown.deleted[author]}/comments"))
    assert answered(await shown.send(viewer, "POST", f"/posts/{post_id}/save")) is seen
    await the_like_agrees(shown, viewer, post_id, relation)
    by_author = await shown.get(viewer, f"{shown.user(author)}/posts")
    assert answered(by_author) is seen
    assert listed(by_author, "posts", "post_id") == ({post_id} if seen else set())
    await the_people_agree(shown, viewer, author, f"/posts/{post_id}/comments", set(PEOPLE))
    followers = {name for name in PEOPLE if (await shown.relation(name, author)).following}
    await the_people_agree(shown, viewer, author, f"{shown.user(author)}/followers", followers)
    followees = {name for name in PEOPLE if (await shown.relation(author, name)).following}
    await the_people_agree(shown, viewer, author, f"{shown.user(author)}/following", followees)


async def the_like_agrees(shown: Shown, viewer: str, post_id: str, relation: Relation) -> None:
    liked = await shown.send(viewer, "POST", f"/posts/{post_id}/like")
    # across a block to a public account nothing happens, and nobody is told
    assert answered(liked) is (may_see_posts_of(relation) or (relation.blocked and not relation.private))
    assert liked.json().get("liked", False) is may_see_posts_of(relation)


async def the_people_agree(shown: Shown, viewer: str, author: str, path: str, people: set[str]) -> None:
    """Hold a list of people, or of what people said, against those of them whom the viewer may meet."""
    page = await shown.get(viewer, path)
    assert answered(page) is may_see_posts_of(await shown.relation(viewer, author))
    if answered(page):
        met = {shown.people[name].user_id for name in people if may_meet(await shown.relation(viewer, name))}
        entries = page.json()["comments" if path.endswith("comments") else "users"]
        assert {entry.get("user", entry)["user_id"] for entry in entries} == met


async def a_private_account_looks_absent(shown: Shown) -> None:
    """A stranger's answers about what is private are those about what never was."""
    for viewer, author in PAIRS:
        relation = await shown.relation(viewer, author)
        if not may_see_posts_of(relation):
            absent = said(await shown.get(viewer, "/posts/1"))
            assert said(await shown.get(viewer, f"/posts/{shown.posts[author]}")) == absent
        if not may_see_account(relation):
            assert said(await shown.get(viewer, shown.user(author))) == said(await shown.get(viewer, "/users/1"))


def answered(answer: httpx.Response) -> bool:
    assert answer.status_code in {200, 404}, answer.text
    return answer.status_code == 200


def listed(answer: httpx.Response, kind: str, member: str) -> set[str]:
    return {entry[member] for entry in answer.json().get(kind, [])}


def said(answer: httpx.Response) -> tuple[int, dict[str, object]]:
    """Return an answer without what names the request."""
    return answer.status_code, {name: value for name, value in answer.json().items() if name != "request_id"}
