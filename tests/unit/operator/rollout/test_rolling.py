"""A new version through whole passes: the schema, then one component after the other."""

import pytest

from photo_operator.cluster.kinds import Kind
from photo_operator.rollout.turns import ORDER
from tests.support.platform_world import World

NEXT = "next"


def _updated(world: World) -> list[str]:
    return [
        name
        for name, deployment in world.of(Kind.DEPLOYMENT).items()
        if deployment["spec"]["template"]["spec"]["containers"][0]["image"].endswith(f":{NEXT}")
    ]


def _come_up(world: World, name: str) -> None:
    deployment = world.of(Kind.DEPLOYMENT)[name]
    deployment["status"]["observedGeneration"] = deployment["metadata"]["generation"]


@pytest.fixture
async def migrated(world: World) -> World:
    await world.settle()
    demo = world.of(Kind.PLATFORM)["demo"]
    demo["spec"]["image"]["tag"] = NEXT
    demo["metadata"]["generation"] += 1
    await world.once(2)
    assert _updated(world) == [], "the schema is first"
    assert world.condition("Ready") == ("True", "Serving")
    world.finish_job()
    return world


async def test_a_new_version_goes_from_one_that_is_well_to_the_next(migrated: World) -> None:
    for number, component in enumerate(ORDER, start=1):
        await migrated.once(2)
        assert len(_updated(migrated)) == number
        _come_up(migrated, f"demo-{component}")
    await migrated.once(2)
    assert migrated.condition("Progressing") == ("False", "UpToDate")


async def test_going_back_mends_who_is_broken_and_touches_nobody_else(migrated: World) -> None:
    await migrated.once(3)
    assert _updated(migrated) == [f"demo-{ORDER[0]}"]
    demo = migrated.of(Kind.PLATFORM)["demo"]
    demo["spec"]["image"]["tag"] = "latest"
    demo["metadata"]["generation"] += 1
    before = {name: held["metadata"]["generation"] for name, held in migrated.of(Kind.DEPLOYMENT).items()}
    await migrated.once(2)
    migrated.finish_job()
    await migrated.once(2)
    assert _updated(migrated) == []
    after = {name: held["metadata"]["generation"] for name, held in migrated.of(Kind.DEPLOYMENT).items()}
    assert {name for name in before if before[name] != after[name]} == {f"demo-{ORDER[0]}"}


async def test_a_rotated_secret_rolls_one_component_at_a_time(world: World) -> None:
    await world.settle()
    before = {name: held["metadata"]["generation"] for name, held in world.of(Kind.DEPLOYMENT).items()}
    world.of(Kind.SECRET)["photo-redis"]["data"]["password"] = "bmV3"
    await world.once(3)
    changed = [n for n, held in world.of(Kind.DEPLOYMENT).items() if held["metadata"]["generation"] != before[n]]
    assert len(changed) <= 1
