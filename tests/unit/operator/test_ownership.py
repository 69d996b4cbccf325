"""Passes over children that others have written to."""

from typing import Any

import pytest

from photo_operator.cluster.kinds import Kind
from tests.support.platform_world import World


async def test_an_edited_child_is_put_back_and_told_once(world: World) -> None:
    await world.settle()
    world.of(Kind.DEPLOYMENT)["demo-api"]["spec"]["template"]["spec"]["containers"][0]["image"] = "other"
    await world.once(3)
    image = world.of(Kind.DEPLOYMENT)["demo-api"]["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image.startswith("localhost/photoplatform:")
    told = [event["reason"] for event in world.of(Kind.EVENT).values()]
    assert told.count("ChildRestored") == 1


STRANGER = "kubectl-edit"


@pytest.mark.parametrize(
    ("kind", "name", "added"),
    [
        (Kind.DEPLOYMENT, "demo-api", {"template": {"spec": {"containers": [{"name": "spy", "image": "spy:1"}]}}}),
        (Kind.DEPLOYMENT, "demo-fanout", {"template": {"spec": {"nodeSelector": {"disk": "fast"}}}}),
        (Kind.SERVICE, "demo-api", {"selector": {"tier": "none"}}),
        (Kind.NETWORK_POLICY, "demo-purge", {"podSelector": {"matchLabels": {"tier": "none"}}}),
    ],
)
async def test_what_a_stranger_adds_to_a_child_goes_and_is_told(
    world: World, kind: Kind, name: str, added: dict[str, Any]
) -> None:
    await world.settle()
    before = world.of(kind)[name]["spec"]
    world.cluster.edit(kind, name, {"spec": added}, STRANGER)
    assert world.of(kind)[name]["spec"] != before
    await world.once()
    assert world.of(kind)[name]["spec"] == before
    assert [event["reason"] for event in world.of(Kind.EVENT).values()].count("ChildRestored") == 1


async def test_what_others_may_add_stays(world: World) -> None:
    await world.settle()
    restarted = {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-01-01"}}}}
    world.cluster.edit(Kind.DEPLOYMENT, "demo-api", {"spec": restarted | {"replicas": 4}}, STRANGER)
    world.cluster.edit(Kind.SERVICE, "demo-api", {"metadata": {"labels": {"team": "photos"}}}, STRANGER)
    assert {write.kind for write in await world.once(3)} <= {Kind.PLATFORM, Kind.EVENT}


async def test_what_comes_with_each_of_our_own_writes_is_not_fought(world: World) -> None:
    await world.settle()
    injected = {"template": {"spec": {"containers": [{"name": "mesh", "image": "mesh:1"}]}}}
    world.cluster.edit(Kind.DEPLOYMENT, "demo-api", {"spec": injected}, "photoplatform-operator")
    assert {write.kind for write in await world.once(3)} <= {Kind.PLATFORM, Kind.EVENT}


async def test_a_number_of_workers_that_a_person_sets_is_held_and_told(world: World) -> None:
    await world.settle()
    world.cluster.edit(Kind.DEPLOYMENT, "demo-purge", {"spec": {"replicas": 3}}, "kubectl")
    await world.once(2)
    assert world.of(Kind.DEPLOYMENT)["demo-purge"]["spec"]["replicas"] == 3
    assert world.condition("Degraded") == ("True", "ForeignScaler")
    world.cluster.edit(Kind.DEPLOYMENT, "demo-purge", {"spec": {"replicas": 0}}, "kubectl")
    await world.once(2)
    assert world.of(Kind.DEPLOYMENT)["demo-purge"]["spec"]["replicas"] == 1
    assert world.condition("Degraded") == ("False", "AsExpected")


async def test_the_autoscalers_number_is_never_written(world: World) -> None:
    await world.settle()
    assert world.of(Kind.DEPLOYMENT)["demo-api"]["spec"]["replicas"] == 2
    world.cluster.edit(Kind.DEPLOYMENT, "demo-api", {"spec": {"replicas": 4}}, "kube-controller-manager")
    world.of(Kind.DEPLOYMENT)["demo-api"]["spec"]["template"]["spec"]["containers"][0]["image"] = "other"
    await world.once(3)
    assert world.of(Kind.DEPLOYMENT)["demo-api"]["spec"]["replicas"] == 4
    assert world.condition("Degraded") == ("False", "AsExpected")


async def test_numbers_that_a_former_operator_applied_outlive_it(world: World) -> None:
    await world.settle()
    for deployment in world.of(Kind.DEPLOYMENT).values():
        deployment["metadata"]["managedFields"] = [
            {
                "manager": "photoplatform-operator",
                "operation": "Apply",
                "fieldsV1": {"f:spec": {"f:replicas": {}, "f:revisionHistoryLimit": {}}},
            }
        ]
        deployment["spec"]["revisionHistoryLimit"] = 1
    await world.once(3)
    numbers = {name: held["spec"].get("replicas") for name, held in world.of(Kind.DEPLOYMENT).items()}
    assert numbers == dict.fromkeys(numbers, 1) | {"demo-api": 2}
