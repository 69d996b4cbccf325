from tests.support.api import Api, Person, problem


async def names(api: Api, person: Person, path: str) -> list[str]:
    found, cursor = [], ""
    while True:
        page = (await api.http.get(f"{path}?limit=2{cursor}", headers=person.headers)).json()
        found += [user["username"] for user in page["users"]]
        assert page["has_more"] == (page["next_cursor"] is not None)
        if not page["has_more"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def test_following_and_unfollowing_are_idempotent(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    path = f"/v1/users/{bob.user_id}/follow"
    for _ in range(2):
        answered = await api.http.post(path, headers=ada.headers)
        assert answered.json() == {"following": True, "requested": False, "follower_count": 1}
    for _ in range(2):
        answered = await api.http.delete(path, headers=ada.headers)
        assert answered.json() == {"following": False, "requested": False, "follower_count": 0}


async def test_nobody_and_oneself_cannot_be_followed(api: Api) -> None:
    ada = await api.person("ada")
    assert problem(await api.http.post("/v1/users/17/follow", headers=ada.headers)) == "not-found"
    oneself = await api.http.post(f"/v1/users/{ada.user_id}/follow", headers=ada.headers)
    assert (oneself.status_code, problem(oneself)) == (422, "validation")


async def test_followers_and_following_are_read_page_by_page(api: Api) -> None:
    ada = await api.person("ada")
    others = [await api.person(f"user_{number}") for number in range(5)]
    for other in others:
        await api.http.post(f"/v1/users/{ada.user_id}/follow", headers=other.headers)
        await api.http.post(f"/v1/users/{other.user_id}/follow", headers=ada.headers)
    newest_first = [other.username for other in reversed(others)]
    assert await names(api, ada, "/v1/users/me/followers") == newest_first
    assert await names(api, others[0], f"/v1/users/{ada.user_id}/following") == newest_first


async def test_nobodys_followers_are_not_found(api: Api) -> None:
    ada = await api.person("ada")
    assert problem(await api.http.get("/v1/users/17/followers", headers=ada.headers)) == "not-found"


async def test_cursors_that_were_tampered_with_are_refused(api: Api) -> None:
    ada = await api.person("ada")
    for cursor in ("x", "AAAA", "%00", api.services.cursors.encode(5) + "A"):
        answered = await api.http.get(f"/v1/users/me/followers?cursor={cursor}", headers=ada.headers)
        assert (answered.status_code, problem(answered)) == (422, "invalid-cursor")


async def test_limits_out_of_range_are_refused(api: Api) -> None:
    ada = await api.person("ada")
    for limit in ("0", "101", "x"):
        answered = await api.http.get(f"/v1/users/me/followers?limit={limit}", headers=ada.headers)
        assert problem(answered) == "validation"
