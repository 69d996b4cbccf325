"""What the API turns down while the runtime policy says so, and what goes on."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_app.http.load_shedding import REFUSE_ALL, REFUSE_UPLOADS, REFUSE_WRITES, refusal_of
from photo_core.domain.runtime_policy import FeedMode, RuntimePolicy, UploadMode
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
from tests.support.api import Api, problem

UPLOAD = {"content_type": "image/jpeg", "size_bytes": 9}
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PATCH", "DELETE"])
PATHS = st.sampled_from(["/v1/feed", "/v1/posts", "/v1/media/1", "/v1/media/upload/init", "/v1/users/1/follow"])


def order(api: Api, policy: RuntimePolicy) -> None:
    assert isinstance(api.fakes.ports.policies, FakeRuntimePolicies)
    api.fakes.ports.policies.obey(policy)


def at(level: int) -> RuntimePolicy:
    return RuntimePolicy(FeedMode.PUSH, level)


def turned_down(answered: httpx.Response, slug: str) -> None:
    assert (answered.status_code, problem(answered)) == (503, slug)
    assert int(answered.headers["Retry-After"]) > 0


@given(method=METHODS, path=PATHS)
def test_a_whole_platform_turns_nothing_down(method: str, path: str) -> None:
    assert refusal_of(RuntimePolicy(), method, path) is None


@given(method=METHODS, path=PATHS, level=st.integers(0, 3), uploads=st.sampled_from(UploadMode))
def test_what_is_turned_down_is_so_at_every_higher_level(
    method: str, path: str, level: int, uploads: UploadMode
) -> None:
    lower = refusal_of(RuntimePolicy(degraded_level=level, uploads=uploads), method, path)
    higher = refusal_of(RuntimePolicy(degraded_level=level + 1, uploads=uploads), method, path)
    assert lower is None or higher is not None


@given(method=METHODS, path=PATHS)
def test_level_4_turns_everything_down(method: str, path: str) -> None:
    assert refusal_of(at(4), method, path) is REFUSE_ALL


def test_level_3_turns_writes_down_and_lets_people_log_in_and_out() -> None:
    assert refusal_of(at(3), "POST", "/v1/media/upload/init") is REFUSE_WRITES
    assert refusal_of(at(3), "DELETE", "/v1/posts/1") is REFUSE_WRITES
    assert refusal_of(at(3), "POST", "/v1/sessions") is None
    assert refusal_of(at(3), "DELETE", "/v1/sessions/current") is None


def test_paused_uploads_turn_down_the_beginning_of_uploads_alone() -> None:
    paused = RuntimePolicy(uploads=UploadMode.PAUSED)
    assert refusal_of(paused, "POST", "/v1/media/upload/init") is REFUSE_UPLOADS
    assert refusal_of(paused, "GET", "/v1/media/1") is None
    assert refusal_of(paused, "POST", "/v1/posts") is None


@pytest.mark.parametrize("level", [1, 2, 3])
async def test_every_answer_tells_the_level(api: Api, level: int) -> None:
    ada = await api.person("ada")
    order(api, at(level))
    for path in ("/v1/users/me", "/v1/feed", "/v1/nothing"):
        assert (await api.http.get(path, headers=ada.headers)).headers["Degraded-Level"] == str(level)
    assert (await api.http.get("/v1/feed")).headers["Degraded-Level"] == str(level)


async def test_a_whole_platform_tells_a_level_with_feeds_alone(api: Api) -> None:
    ada = await api.person("ada")
    assert "Degraded-Level" not in (await api.http.get("/v1/users/me", headers=ada.headers)).headers
    assert (await api.http.get("/v1/feed", headers=ada.headers)).headers["Degraded-Level"] == "0"


async def test_level_4_answers_without_a_token_and_without_any_store(api: Api) -> None:
    order(api, at(4))
    api.fakes.accounts.available = False
    api.fakes.outbox.available = False
    for method, path in (("GET", "/v1/feed"), ("POST", "/v1/posts"), ("GET", "/v1/users/me"), ("GET", "/v1/x")):
        answered = await api.http.request(method, path)
        turned_down(answered, "limited")
        assert answered.headers["Degraded-Level"] == "4"


@pytest.mark.parametrize("level", [0, 1, 2, 3, 4])
async def test_the_probes_are_good_at_every_level(api: Api, level: int) -> None:
    order(api, at(level))
    assert (await api.http.get("/healthz")).status_code == 200
    assert (await api.http.get("/readyz")).status_code == 200


async def test_at_level_3_reads_go_on_and_writes_do_not(api: Api) -> None:
    ada = await api.person("ada")
    post = await api.post_of(ada, "of before")
    order(api, at(3))
    turned_down(await api.http.post("/v1/posts", json={"media_ids": ["1"]}, headers=ada.headers), "limited")
    turned_down(await api.http.post("/v1/media/upload/init", json=UPLOAD, headers=ada.headers), "limited")
    assert (await api.http.get(f"/v1/posts/{post['post_id']}", headers=ada.headers)).status_code == 200


async def test_while_uploads_are_paused_media_are_shown_and_posts_made(api: Api) -> None:
    ada = await api.person("ada")
    media_id = await api.media_of(ada)
    order(api, RuntimePolicy(uploads=UploadMode.PAUSED))
    turned_down(await api.http.post("/v1/media/upload/init", json=UPLOAD, headers=ada.headers), "uploads-paused")
    assert (await api.http.get(f"/v1/media/{media_id}", headers=ada.headers)).status_code == 200
    await api.post_of(ada, "goes on")
    order(api, RuntimePolicy())
    assert (await api.http.post("/v1/media/upload/init", json=UPLOAD, headers=ada.headers)).status_code == 201


async def test_posts_beyond_the_limit_are_refused_for_each_account_by_itself(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    order(api, RuntimePolicy(posts_per_minute=2))
    for _ in range(2):
        await api.post_of(ada)
    refused = await api.http.post("/v1/posts", json={"media_ids": [await api.media_of(ada)]}, headers=ada.headers)
    assert (refused.status_code, problem(refused)) == (429, "rate-limited")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    await api.post_of(bob)
    order(api, RuntimePolicy())
    await api.post_of(ada)


async def test_at_level_1_a_single_post_shows_the_counts_that_pages_show(api: Api) -> None:
    ada = await api.person("ada")
    post = await api.post_of(ada)
    await api.http.post(f"/v1/posts/{post['post_id']}/like", headers=ada.headers)
    path = f"/v1/posts/{post['post_id']}"
    assert (await api.http.get(path, headers=ada.headers)).json()["like_count"] == 1
    order(api, at(1))
    shown = (await api.http.get(path, headers=ada.headers)).json()
    assert (shown["like_count"], shown["liked_by_me"]) == (0, True)
