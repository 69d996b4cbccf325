from tests.support.api import Api, Person, problem


async def private_person(api: Api, username: str) -> Person:
    person = await api.person(username)
    answered = await api.http.patch("/v1/users/me", json={"private": True}, headers=person.headers)
    assert answered.json()["private"] is True
    return person


async def ask(api: Api, person: Person, owner: Person) -> dict[str, object]:
    answered = await api.http.post(f"/v1/users/{owner.user_id}/follow", headers=person.headers)
    assert answered.status_code == 200
    body: dict[str, object] = answered.json()
    return body


async def waiting(api: Api, owner: Person) -> list[str]:
    answered = await api.http.get("/v1/follow-requests", headers=owner.headers)
    return [user["username"] for user in answered.json()["users"]]


async def test_a_private_account_is_asked_and_answers(api: Api) -> None:
    owner, ada, eve = await private_person(api, "owner"), await api.person("ada"), await api.person("eve")
    for person in (ada, eve):
        assert await ask(api, person, owner) == {"following": False, "requested": True, "follower_count": 0}
    assert await waiting(api, owner) == ["eve", "ada"]
    for _ in range(2):
        accepted = await api.http.post(f"/v1/follow-requests/{ada.user_id}", headers=owner.headers)
        assert accepted.json() == {"following": True, "requested": False, "follower_count": 1}
    for _ in range(2):
        declined = await api.http.delete(f"/v1/follow-requests/{eve.user_id}", headers=owner.headers)
        assert declined.json() == {"following": False, "requested": False, "follower_count": 1}
    assert await waiting(api, owner) == []


async def test_unfollowing_withdraws_a_request(api: Api) -> None:
    owner, ada = await private_person(api, "owner"), await api.person("ada")
    await ask(api, ada, owner)
    answered = await api.http.delete(f"/v1/users/{owner.user_id}/follow", headers=ada.headers)
    assert answered.json() == {"following": False, "requested": False, "follower_count": 0}
    assert await waiting(api, owner) == []


async def test_whoever_has_not_asked_cannot_be_accepted(api: Api) -> None:
    owner, ada = await private_person(api, "owner"), await api.person("ada")
    for user_id in (ada.user_id, "17", owner.user_id):
        answered = await api.http.post(f"/v1/follow-requests/{user_id}", headers=owner.headers)
        assert (answered.status_code, problem(answered)) == (404, "not-found")


async def test_an_account_that_becomes_public_accepts_whoever_has_asked(api: Api) -> None:
    owner, ada = await private_person(api, "owner"), await api.person("ada")
    await ask(api, ada, owner)
    opened = await api.http.patch("/v1/users/me", json={"private": False}, headers=owner.headers)
    assert (opened.json()["private"], opened.json()["follower_count"]) == (False, 1)
    assert await waiting(api, owner) == []
