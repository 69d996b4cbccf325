"""A person walks all degraded levels and back, under load: what is refused says so, and nothing accepted is lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from hack.scenarios.api import Person, PhotoApi
from hack.scenarios.cluster import Cluster
from hack.scenarios.redis_loss import Participants
from tests.support.photographs import photograph

LEVELS = (1, 2, 3, 4, 3, 2, 1, 0)
IN_A_ROW = 12  # answers that tell the same level: every pod has been asked
EVERY_SECONDS = 0.02  # asks each reader: below what an account may
Answers = Counter[tuple[int, str, str]]  # status, problem, level


async def walk_to(level: int, api: PhotoApi, cluster: Cluster, reader: Person) -> None:
    """Set the level, and return once every pod obeys it."""
    cluster.change({"spec": {"degradedLevel": level}})
    seen = 0
    async with asyncio.timeout(20):
        while seen < IN_A_ROW:
            answer = await api.call("GET", "/v1/feed", reader)
            seen = seen + 1 if answer.headers["Degraded-Level"] == str(level) else 0
            await asyncio.sleep(EVERY_SECONDS)


@asynccontextmanager
async def feeds_read_by(readers: Iterable[Person], api: PhotoApi) -> AsyncIterator[Answers]:
    """Read feeds without a pause, and count what is answered."""
    answers: Answers = Counter()

    async def read(reader: Person) -> None:
        while True:
            answer = await api.call("GET", "/v1/feed", reader)
            problem = answer.json()["type"].rpartition("/")[2] if answer.is_error else ""
            answers[answer.status_code, problem, answer.headers["Degraded-Level"]] += 1
            await asyncio.sleep(EVERY_SECONDS)

    tasks = [asyncio.create_task(read(reader)) for reader in readers]
    try:
        yield answers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def write_is_answered(api: PhotoApi, people: Participants) -> tuple[int, bool]:
    body = {"media_ids": [people.media_id], "caption": "at a level"}
    answer = await api.call("POST", "/v1/posts", people.author, json=body)
    return answer.status_code, "Retry-After" in answer.headers


async def feed_holds(posts: int, api: PhotoApi, reader: Person) -> None:
    """Wait until every accepted post has arrived."""
    async with asyncio.timeout(20):
        while True:
            if len(await api.whole_feed(reader)) == posts:
                return
            await asyncio.sleep(0.1)


async def test_all_levels_and_back_under_load(api: PhotoApi, cluster: Cluster, people: Participants) -> None:
    photo = photograph()
    begun = await api.begin_upload(people.author, photo)
    writes: dict[int, set[tuple[int, bool]]] = {}
    try:
        async with feeds_read_by(people.viewers, api) as answers:
            for level in LEVELS:
                await walk_to(level, api, cluster, people.viewers[0])
                writes.setdefault(level, set()).add(await write_is_answered(api, people))
                if level == 4:
                    await api.send(begun, photo)
                    assert (await api.call("GET", "/readyz")).status_code == 200
    finally:
        cluster.change({"spec": {"degradedLevel": 0}})
    assert writes == {0: {(201, False)}, 1: {(201, False)}, 2: {(201, False)}, 3: {(503, True)}, 4: {(503, True)}}
    assert {(status, problem) for status, problem, level in answers if level != "4"} == {(200, "")}
    assert {(status, problem) for status, problem, level in answers if level == "4"} == {(503, "limited")}
    assert {level for _, _, level in answers} == {"0", "1", "2", "3", "4"}
    assert (await api.media_when_final(people.author, begun["media_id"]))["state"] == "READY"
    await feed_holds(sum(level < 3 for level in LEVELS), api, people.viewers[0])
