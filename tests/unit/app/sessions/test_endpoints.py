import httpx

from photo_app.application import create_app
from photo_app.authentication.tokens import LIFETIME_MS, Tokens
from photo_app.composition.services import build_services
from tests.support.api import PASSWORD, SETTINGS, Api, fake_ports, problem


async def test_a_session_lasts_a_day(api: Api) -> None:
    await api.register("ada")
    answered = await api.http.post("/v1/sessions", json={"username": "ada", "password": PASSWORD})
    assert answered.status_code == 201
    assert answered.json()["expires_at"] == "2026-01-02T00:00:00.000Z"


async def test_wrong_passwords_and_unknown_users_look_the_same(api: Api) -> None:
    await api.register("ada")
    wrong = await api.http.post("/v1/sessions", json={"username": "ada", "password": "not this one"})
    unknown = await api.http.post("/v1/sessions", json={"username": "nobody", "password": PASSWORD})
    for answered in (wrong, unknown):
        assert (answered.status_code, problem(answered)) == (401, "wrong-credentials")
    assert wrong.json()["detail"] == unknown.json()["detail"]


async def test_an_ended_session_is_refused_here_at_once(api: Api) -> None:
    ada = await api.person("ada")
    assert (await api.http.delete("/v1/sessions/current", headers=ada.headers)).status_code == 204
    answered = await api.http.get("/v1/users/me", headers=ada.headers)
    assert (answered.status_code, problem(answered)) == (401, "unauthenticated")
    assert answered.headers["www-authenticate"] == "Bearer"


async def test_a_session_that_ended_elsewhere_is_refused_after_the_next_poll(api: Api) -> None:
    ada = await api.person("ada")
    viewer = api.services.tokens.verify(ada.headers["Authorization"].removeprefix("Bearer "))
    assert viewer is not None
    await api.fakes.revoked.revoke(viewer.session_id, viewer.expires_at_ms)
    await api.services.revocations.poll_once()
    assert (await api.http.get("/v1/users/me", headers=ada.headers)).status_code == 401


async def test_while_postgresql_is_down_ended_sessions_stay_refused(api: Api) -> None:
    ada = await api.person("ada")
    await api.http.delete("/v1/sessions/current", headers=ada.headers)
    api.fakes.revoked.available = False
    await api.services.revocations.poll_once()
    assert (await api.http.get("/v1/users/me", headers=ada.headers)).status_code == 401


async def test_until_ended_sessions_are_read_once_no_token_is_believed() -> None:
    fakes = fake_ports()
    fakes.revoked.available = False
    services = build_services(fakes.ports, SETTINGS)
    await services.revocations.poll_once()
    token, _ = services.tokens.issue(17, "ada", "s")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(services)), base_url="http://api") as http:
        answered = await http.get("/v1/users/17/posts", headers={"Authorization": f"Bearer {token}"})
        assert (answered.status_code, problem(answered)) == (503, "engine-unavailable")
        assert "retry-after" in answered.headers
        assert problem(await http.get("/v1/users/me", headers={"Authorization": "Bearer x"})) == "unauthenticated"
        assert (await http.get("/readyz")).status_code == 200


async def test_a_token_ends_by_itself(api: Api) -> None:
    ada = await api.person("ada")
    api.fakes.clock.advance(LIFETIME_MS / 1000)
    assert (await api.http.get("/v1/users/me", headers=ada.headers)).status_code == 401


async def test_tokens_of_others_are_refused(api: Api) -> None:
    foreign, _ = Tokens("x" * 40, api.fakes.clock).issue(1, "ada", "s")
    for header in (f"Bearer {foreign}", "Bearer x.y.z", "Basic YTpi", "Bearer"):
        answered = await api.http.get("/v1/users/me", headers={"Authorization": header})
        assert problem(answered) == "unauthenticated"
    assert problem(await api.http.get("/v1/users/me")) == "unauthenticated"
