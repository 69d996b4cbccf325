from typing import Any

from tests.support.api import Api, Person, problem


async def saved(api: Api, person: Person) -> list[dict[str, Any]]:
    found, cursor = [], ""
    while True:
        page = (await api.http.get(f"/v1/users/me/saved?limit=2{cursor}", headers=person.headers)).json()
        found += page["posts"]
        assert page["has_more"] == (page["next_cursor"] is not None)
        if not page["has_more"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def test_saving_and_its_removal_are_idempotent(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    post = await api.post_of(bob, "a lake")
    path = f"/v1/posts/{post['post_id']}/save"
    for _ in range(2):
        answered = await api.http.post(path, headers=ada.headers)
        assert (answered.status_code, answered.json()) == (200, {"saved": True})
    assert await saved(api, ada) == [post]
    assert await saved(api, bob) == []
    for _ in range(2):
        assert (await api.http.delete(path, headers=ada.headers)).json() == {"saved": False}
    assert await saved(api, ada) == []


async def test_saved_posts_are_read_page_by_page_with_what_is_told_of_them(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    posts = [(await api.post_of(bob))["post_id"] for _ in range(5)]
    for post_id in posts:
        await api.http.post(f"/v1/posts/{post_id}/save", headers=ada.headers)
    await api.http.post(f"/v1/posts/{posts[0]}/like", headers=ada.headers)
    listed = await saved(api, ada)
    assert [post["post_id"] for post in listed] == posts[::-1]
    assert [post["liked_by_me"] for post in listed] == [False] * 4 + [True]


async def test_what_may_not_be_seen_any_more_is_not_listed(api: Api) -> None:
    ada, bob, eve = await api.person("ada"), await api.person("bob"), await api.person("eve")
    deleted, kept, across = [(await api.post_of(person))["post_id"] for person in (bob, bob, eve)]
    for post_id in (deleted, kept, across):
        await api.http.post(f"/v1/posts/{post_id}/save", headers=ada.headers)
    await api.http.delete(f"/v1/posts/{deleted}", headers=bob.headers)
    await api.fakes.ports.restrictions.block(int(eve.user_id), int(ada.user_id))
    assert [post["post_id"] for post in await saved(api, ada)] == [kept]
    for post_id in (deleted, across, "17"):
        for call in (api.http.post, api.http.delete):
            assert problem(await call(f"/v1/posts/{post_id}/save", headers=ada.headers)) == "not-found"
