import pytest

from photo_core.domain.media import MediaState
from tests.support.api import Api, problem


async def test_somebody_registers_once(api: Api) -> None:
    answered = await api.http.post("/v1/users", json={"username": "ada", "password": "12345678", "full_name": "Ada"})
    assert answered.status_code == 201
    (account,) = (await api.fakes.accounts.get_many([int(answered.json()["user_id"])])).values()
    assert answered.json() == {"user_id": str(account.user_id), "username": "ada"}
    assert account.full_name == "Ada"


async def test_people_read_themselves_and_are_read(api: Api) -> None:
    ada = await api.person("ada.l_1")
    answered = await api.http.get("/v1/users/me", headers=ada.headers)
    assert answered.json() == {
        "user_id": ada.user_id,
        "username": "ada.l_1",
        "full_name": "",
        "bio": "",
        "private": False,
        "follower_count": 0,
        "following_count": 0,
    }
    assert (await api.http.get(f"/v1/users/{ada.user_id}", headers=ada.headers)).json() == answered.json()


async def test_a_user_name_is_given_once(api: Api) -> None:
    await api.person("ada")
    again = await api.http.post("/v1/users", json={"username": "ada", "password": "12345678"})
    assert (again.status_code, problem(again)) == (409, "conflict")


@pytest.mark.parametrize(
    "body",
    [
        {"username": "ad", "password": "12345678"},
        {"username": "Ada", "password": "12345678"},
        {"username": "ada\n", "password": "12345678"},
        {"username": "ada", "password": "1234567"},
        {"username": "ada", "password": "x" * 129},
        {"username": "ada", "password": 12345678},
        {"username": "ada", "password": "12345678", "full_name": "a\x00b"},
        {"username": "ada", "password": "12345678", "admin": True},
        {"username": "ada"},
        [],
    ],
)
async def test_a_registration_of_the_wrong_shape_is_refused(api: Api, body: object) -> None:
    answered = await api.http.post("/v1/users", json=body)
    assert (answered.status_code, problem(answered)) == (422, "validation")


async def test_a_refused_password_is_not_repeated_in_the_answer(api: Api) -> None:
    answered = await api.http.post("/v1/users", json={"username": "ada", "password": "hunter2"})
    assert answered.status_code == 422
    assert "hunter2" not in answered.text


async def test_a_password_may_hold_any_characters(api: Api) -> None:
    credentials = {"username": "ada", "password": " \x00päss🐎 "}
    assert (await api.http.post("/v1/users", json=credentials)).status_code == 201
    assert (await api.http.post("/v1/sessions", json=credentials)).status_code == 201


async def test_a_profile_changes_in_the_given_fields_only(api: Api) -> None:
    ada = await api.person("ada")
    await api.http.patch("/v1/users/me", json={"full_name": "Ada L."}, headers=ada.headers)
    answered = await api.http.patch("/v1/users/me", json={"bio": "numbers"}, headers=ada.headers)
    assert (answered.json()["full_name"], answered.json()["bio"]) == ("Ada L.", "numbers")


@pytest.mark.parametrize("field", ["private", "avatar_media_id", "username"])
async def test_fields_of_the_wrong_shape_and_those_that_cannot_change_are_refused(api: Api, field: str) -> None:
    ada = await api.person("ada")
    answered = await api.http.patch("/v1/users/me", json={field: "x"}, headers=ada.headers)
    assert problem(answered) == "validation"


async def test_a_picture_is_made_of_ones_own_ready_media(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    media_id = await api.media_of(ada)
    answered = await api.http.patch("/v1/users/me", json={"avatar_media_id": media_id}, headers=ada.headers)
    assert answered.json()["avatar_url"] == f"http://objects.test/optimized/{media_id}/large.webp"
    await api.http.patch("/v1/users/me", json={"bio": "numbers"}, headers=ada.headers)
    read = await api.http.get(f"/v1/users/{ada.user_id}", headers=bob.headers)
    assert read.json()["avatar_url"] == answered.json()["avatar_url"]


async def test_the_media_of_others_and_unfinished_media_make_no_picture(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    unusable = [await api.media_of(bob), await api.media_of(ada, MediaState.PROCESSING), "17"]
    for media_id in unusable:
        answered = await api.http.patch("/v1/users/me", json={"avatar_media_id": media_id}, headers=ada.headers)
        assert (answered.status_code, problem(answered)) == (422, "media-not-usable")
    assert "avatar_url" not in (await api.http.get("/v1/users/me", headers=ada.headers)).json()


@pytest.mark.parametrize("user_id", ["1", "abc", "99999999999999999999", "-1", "\u0661", "you"])
async def test_nobody_is_not_found(api: Api, user_id: str) -> None:
    ada = await api.person("ada")
    answered = await api.http.get(f"/v1/users/{user_id}", headers=ada.headers)
    assert (answered.status_code, problem(answered)) == (404, "not-found")


async def test_without_postgresql_people_are_unavailable_for_a_while(api: Api) -> None:
    ada = await api.person("ada")
    api.fakes.accounts.available = False
    answered = await api.http.get("/v1/users/me", headers=ada.headers)
    assert (answered.status_code, problem(answered)) == (503, "engine-unavailable")
    assert answered.json()["engine"] == "postgres"
    assert int(answered.headers["retry-after"]) > 0
