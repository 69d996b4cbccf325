"""Every list of the API, page by page, by its Link headers alone."""

import pytest

from photo_app.http.paging import PageRequest, next_link
from tests.support.api import Api


def test_a_page_links_to_the_next_one_with_the_same_limit() -> None:
    request = PageRequest(9, 2, "/v1/feed")
    assert next_link(request, "abc") == {"Link": '</v1/feed?cursor=abc&limit=2>; rel="next"'}
    assert next_link(request, None) == {}


@pytest.mark.parametrize(
    ("path", "members"),
    [
        ("/v1/users/me/posts", "posts"),
        ("/v1/feed", "posts"),
        ("/v1/users/me/saved", "posts"),
        ("/v1/users/me/followers", "users"),
        ("/v1/posts/{post_id}/comments", "comments"),
    ],
)
async def test_every_list_is_read_to_its_end_by_its_links(api: Api, path: str, members: str) -> None:
    ada = await api.person("ada")
    for number in range(3):
        post = await api.post_of(ada)
        await api.http.post(f"/v1/posts/{post['post_id']}/save", headers=ada.headers)
        other = await api.person(f"other{number}")
        await api.http.post(f"/v1/users/{ada.user_id}/follow", headers=other.headers)
    for text in "abc":
        await api.http.post(f"/v1/posts/{post['post_id']}/comments", json={"text": text}, headers=ada.headers)
    page = await api.http.get(f"{path.format(**post)}?limit=2", headers=ada.headers)
    assert len(page.json()[members]) == 2
    last = await api.http.get(page.links["next"]["url"], headers=ada.headers)
    assert len(last.json()[members]) == 1
    assert "link" not in last.headers
