import pytest

from tests.support.api import Api, Person, problem


async def change(api: Api, method: str, viewer: Person, user_id: str, what: str) -> tuple[int, dict[str, object]]:
    answered = await api.http.request(method, f"/v1/users/{user_id}/{what}", headers=viewer.headers)
    return answered.status_code, answered.json()


async def test_blocking_and_muting_are_idempotent_whichever_side_has_blocked(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    for viewer, other in ((ada, bob), (bob, ada)):
        for _ in range(2):
            assert await change(api, "POST", viewer, other.user_id, "block") == (200, {"blocked": True})
            assert await change(api, "POST", viewer, other.user_id, "mute") == (200, {"muted": True})
    for viewer, other in ((ada, bob), (bob, ada)):
        for _ in range(2):
            assert await change(api, "DELETE", viewer, other.user_id, "mute") == (200, {"muted": False})
            assert await change(api, "DELETE", viewer, other.user_id, "block") == (200, {"blocked": False})


async def test_a_block_ends_both_follows_and_an_unblock_restores_none(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    await change(api, "POST", ada, bob.user_id, "follow")
    await change(api, "POST", bob, ada.user_id, "follow")
    await change(api, "POST", ada, bob.user_id, "block")
    await change(api, "DELETE", ada, bob.user_id, "block")
    for person in (ada, bob):
        read = (await api.http.get("/v1/users/me", headers=person.headers)).json()
        assert (read["follower_count"], read["following_count"]) == (0, 0)


async def test_nobody_follows_across_a_block_but_unfollowing_is_answered(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    await change(api, "POST", ada, bob.user_id, "block")
    for viewer, other in ((ada, bob), (bob, ada)):
        refused = await api.http.post(f"/v1/users/{other.user_id}/follow", headers=viewer.headers)
        assert (refused.status_code, problem(refused)) == (403, "forbidden")
        unfollowed = {"following": False, "requested": False, "follower_count": 0}
        assert await change(api, "DELETE", viewer, other.user_id, "follow") == (200, unfollowed)


@pytest.mark.parametrize("what", ["block", "mute"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_oneself_and_nobody_cannot_be_blocked_or_muted(api: Api, method: str, what: str) -> None:
    ada = await api.person("ada")
    assert (await change(api, method, ada, ada.user_id, what))[0] == 422
    assert (await change(api, method, ada, "17", what))[0] == 404


async def test_whoever_is_blocked_finds_neither_profile_nor_lists(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    await change(api, "POST", ada, bob.user_id, "block")
    for path in ("", "/followers", "/following"):
        hidden = await api.http.get(f"/v1/users/{ada.user_id}{path}", headers=bob.headers)
        absent = await api.http.get(f"/v1/users/17{path}", headers=bob.headers)
        assert (hidden.status_code, problem(hidden)) == (404, "not-found")
        assert hidden.json()["detail"] == absent.json()["detail"]


async def test_whoever_blocks_still_finds_the_profile_but_no_lists(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    await change(api, "POST", ada, bob.user_id, "block")
    assert (await api.http.get(f"/v1/users/{bob.user_id}", headers=ada.headers)).status_code == 200
    assert (await api.http.get(f"/v1/users/{bob.user_id}/followers", headers=ada.headers)).status_code == 404


async def test_a_stranger_sees_the_card_of_a_private_account_and_not_its_lists(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    await api.http.patch("/v1/users/me", json={"private": True}, headers=ada.headers)
    assert (await api.http.get(f"/v1/users/{ada.user_id}", headers=bob.headers)).json()["private"] is True
    for path in ("followers", "following"):
        assert (await api.http.get(f"/v1/users/{ada.user_id}/{path}", headers=bob.headers)).status_code == 404
        assert (await api.http.get(f"/v1/users/me/{path}", headers=ada.headers)).status_code == 200


async def test_an_approved_follower_sees_the_lists_of_a_private_account(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    await change(api, "POST", bob, ada.user_id, "follow")
    await api.http.patch("/v1/users/me", json={"private": True}, headers=ada.headers)
    listed = await api.http.get(f"/v1/users/{ada.user_id}/followers", headers=bob.headers)
    assert [user["username"] for user in listed.json()["users"]] == ["bob"]


async def test_people_do_not_meet_in_the_lists_of_others_across_a_block(api: Api) -> None:
    ada, bob, eve = await api.person("ada"), await api.person("bob"), await api.person("eve")
    for person in (ada, bob):
        await change(api, "POST", person, eve.user_id, "follow")
    await change(api, "POST", ada, bob.user_id, "block")
    for viewer in (ada, bob):
        listed = await api.http.get(f"/v1/users/{eve.user_id}/followers", headers=viewer.headers)
        assert [user["username"] for user in listed.json()["users"]] == [viewer.username]
