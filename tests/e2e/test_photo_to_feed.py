"""A photograph goes from a phone to a follower's feed, and away again."""

import asyncio
import io

import httpx
from PIL import Image

from hack.scenarios.api import Json, PhotoApi, build_tls_context
from hack.scenarios.redis_loss import Participants
from tests.support.photographs import photograph

LONGEST_SIDE = {"small": 320, "medium": 640, "large": 1080}


async def first_page_with(api: PhotoApi, people: Participants, post_id: str) -> Json:
    async with asyncio.timeout(20):
        while True:
            page = await api.feed_page(people.viewers[0])
            found = [post for post in page.posts if post["post_id"] == post_id]
            if found:
                return found[0]
            await asyncio.sleep(0.1)


async def download(url: str) -> httpx.Response:
    async with httpx.AsyncClient(verify=build_tls_context()) as http:
        return await http.get(url)


async def test_a_posted_photograph_is_read_in_a_followers_feed(api: PhotoApi, people: Participants) -> None:
    post = await api.post(people.author, people.media_id, "first light")
    seen = await first_page_with(api, people, post["post_id"])
    assert seen["caption"] == "first light"
    assert seen["user"] == {"user_id": people.author.user_id, "username": people.author.username}
    assert {variant["size"] for variant in seen["media"][0]["variants"]} == {"thumbnail", "original", *LONGEST_SIDE}


async def test_every_variant_has_its_size_type_and_no_metadata(api: PhotoApi, people: Participants) -> None:
    media = await api.media_when_final(people.author, people.media_id)
    for variant in media["variants"]:
        answer = await download(variant["url"])
        picture = Image.open(io.BytesIO(answer.content))
        assert answer.headers["content-type"] == variant["content_type"]
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert picture.size == (variant["width"], variant["height"])
        assert len(answer.content) == variant["bytes"]
        assert b"SERIAL-4711" not in answer.content
        assert not picture.getexif()
        if variant["size"] in LONGEST_SIDE:
            assert max(picture.size) == LONGEST_SIDE[variant["size"]]
            assert picture.height > picture.width, "the camera was held upright"
    assert {v["content_type"] for v in media["variants"]} == {"image/webp", "image/jpeg"}
    thumbnails = [v for v in media["variants"] if v["size"] == "thumbnail"]
    assert {(v["width"], v["height"]) for v in thumbnails} == {(150, 150)}


async def test_a_deleted_post_is_gone_at_once_for_everybody(api: PhotoApi, people: Participants) -> None:
    post = await api.post(people.author, people.media_id, "a mistake")
    await first_page_with(api, people, post["post_id"])
    await api.expect("DELETE", f"/v1/posts/{post['post_id']}", people.author)
    for reader in (*people.viewers, people.author):
        assert post["post_id"] not in await api.whole_feed(reader)
        assert (await api.call("GET", f"/v1/posts/{post['post_id']}", reader)).status_code == 404


async def test_a_broken_photograph_fails_with_a_reason_the_user_can_act_on(api: PhotoApi, people: Participants) -> None:
    media_id = await api.upload(people.author, photograph()[:2000])
    media = await api.media_when_final(people.author, media_id)
    assert media["state"] == "FAILED"
    assert "upload" in media["reason"].lower()


async def test_unfollowing_is_obeyed_by_the_next_read(api: PhotoApi, people: Participants) -> None:
    post = await api.post(people.author, people.media_id, "seen by those who follow")
    await first_page_with(api, people, post["post_id"])
    viewer = people.viewers[0]
    await api.expect("DELETE", f"/v1/users/{people.author.user_id}/follow", viewer)
    assert await api.whole_feed(viewer) == []
    await api.follow(viewer, people.author)
    assert post["post_id"] in await api.whole_feed(viewer)
