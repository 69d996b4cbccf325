import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_operator.cluster.fake_fields import write
from photo_operator.cluster.kinds import Kind
from photo_operator.crds.platform import Platform
from photo_operator.desired.assemble import Given, assemble
from photo_operator.rollout.intrusions import GUARDED, intrusions, leftovers

OURS = {"manager": "photoplatform-operator", "operation": "Apply"}
THEIRS = {"manager": "kubectl-edit", "operation": "Update"}
DESIRED: dict[str, Any] = {
    "metadata": {"name": "demo-api", "labels": {"app": "api"}},
    "spec": {
        "selector": {"app": "api"},
        "template": {
            "metadata": {"labels": {"app": "api"}, "annotations": {"hash": "1"}},
            "spec": {
                "containers": [{"name": "api", "env": [{"name": "A", "value": "1"}], "resources": {"limits": {}}}],
                "volumes": [{"name": "tmp", "emptyDir": {}}],
            },
        },
    },
}


def _pod(spec: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"template": {"spec": spec}}}


def _paths(added: dict[str, Any], entry: dict[str, str] = THEIRS, kind: Kind = Kind.DEPLOYMENT) -> list[str]:
    live = write(write({}, DESIRED, OURS), added, entry)
    return [found.path for found in intrusions(kind, DESIRED, live)]


@pytest.mark.parametrize(
    ("added", "paths"),
    [
        ({"spec": {"selector": {"tier": "x"}}}, []),  # of one value, which `diff` compares as a whole
        (_pod({"hostNetwork": True}), ["spec.template.spec.hostNetwork"]),
        (_pod({"containers": [{"name": "spy", "image": "s"}]}), ["spec.template.spec.containers.spy"]),
        (
            _pod({"containers": [{"name": "api", "env": [{"name": "B", "value": "2"}]}]}),
            ["spec.template.spec.containers.api.env.B"],
        ),
        (
            _pod({"containers": [{"name": "api", "volumeMounts": [{"mountPath": "/x", "name": "x"}]}]}),
            ["spec.template.spec.containers.api.volumeMounts"],
        ),
        (
            _pod({"containers": [{"name": "api", "resources": {"limits": {"cpu": "1"}}}]}),
            ["spec.template.spec.containers.api.resources.limits.cpu"],
        ),
        (_pod({"volumes": [{"name": "x", "emptyDir": {}}]}), ["spec.template.spec.volumes.x"]),
        (_pod({"initContainers": [{"name": "x", "image": "i"}]}), ["spec.template.spec.initContainers"]),
        ({"spec": {"template": {"metadata": {"labels": {"x": "y"}}}}}, ["spec.template.metadata.labels.x"]),
        ({"spec": {"template": {"metadata": {"annotations": {"restartedAt": "now"}}}}}, []),
        ({"spec": {"replicas": 5}}, []),
        ({"metadata": {"labels": {"team": "x"}, "annotations": {"note": "y"}}}, []),
        ({"status": {"replicas": 5}}, []),
        (
            _pod({"volumes": [{"name": "tmp", "emptyDir": {"medium": "Memory"}}]}),
            ["spec.template.spec.volumes.tmp.emptyDir.medium"],
        ),
    ],
)
def test_an_addition_of_somebody_else_is_named(added: dict[str, Any], paths: list[str]) -> None:
    assert _paths(added) == paths


def test_what_we_state_is_no_intrusion_whoever_wrote_it_last() -> None:
    assert _paths(_pod({"containers": [{"name": "api", "env": [{"name": "A", "value": "2"}]}]})) == []


def test_what_came_with_our_own_write_is_no_intrusion() -> None:
    webhook = {"manager": "photoplatform-operator", "operation": "Update"}
    assert _paths(_pod({"containers": [{"name": "mesh", "image": "m"}]}), webhook) == []


def test_what_we_state_no_more_is_left_over_and_no_intrusion() -> None:
    live = write({}, {**DESIRED, "spec": DESIRED["spec"] | {"minReadySeconds": 5}}, OURS)
    assert leftovers(Kind.DEPLOYMENT, DESIRED, live) == ("spec.minReadySeconds",)
    assert intrusions(Kind.DEPLOYMENT, DESIRED, live) == ()
    assert leftovers(Kind.DEPLOYMENT, DESIRED, write({}, DESIRED, OURS)) == ()


def test_a_status_is_its_controllers() -> None:
    entry = {"manager": "kube-controller-manager", "operation": "Update", "subresource": "scale"}
    assert _paths({"spec": {"paused": True}}, entry) == []


def test_kinds_that_others_write_to_are_not_guarded() -> None:
    assert _paths({"spec": {"paused": True}}, kind=Kind.CONFIG_MAP) == []
    assert set(GUARDED).isdisjoint({Kind.CONFIG_MAP, Kind.SERVICE_ACCOUNT, Kind.JOB, Kind.SECRET})


NAMES = st.sampled_from(["A", "B", "C", "D"])
ITEMS = st.lists(NAMES, unique=True, min_size=1, max_size=4).map(
    lambda names: [{"name": n, "value": "1"} for n in names]
)
PODS = st.fixed_dictionaries(
    {},
    optional={
        "containers": st.lists(
            st.fixed_dictionaries({"name": NAMES, "env": ITEMS}),
            min_size=1,
            max_size=3,
            unique_by=lambda item: item["name"],
        ),
        "volumes": ITEMS,
        "nodeSelector": st.dictionaries(NAMES, st.just("x"), max_size=2),
    },
)


def _removed(live: dict[str, Any], pointers: list[str]) -> dict[str, Any]:
    left = copy.deepcopy(live)
    for pointer in pointers:
        *way, last = pointer.split("/")[1:]
        here: Any = left
        for step in way:
            here = here[int(step) if isinstance(here, list) else step]
        del here[int(last) if isinstance(here, list) else last]
    return left


def _bare(manifest: Any) -> Any:
    """A manifest's pods without what is empty, lists by name: as the API server sees them."""
    if isinstance(manifest, dict):
        return {key: kept for key, value in manifest.items() if (kept := _bare(value))}
    if isinstance(manifest, list):
        return {item["name"]: _bare(item) for item in manifest}
    return manifest


@given(PODS, PODS)
def test_without_its_intrusions_a_child_is_as_it_shall_be(stated: dict[str, Any], added: dict[str, Any]) -> None:
    desired = {"metadata": {"name": "x"}, **_pod(stated)}
    live = write(write({}, desired, OURS), _pod(added), THEIRS)
    left = _removed(live, [found.pointer for found in intrusions(Kind.DEPLOYMENT, desired, live)])
    assert _bare(left["spec"]["template"]["spec"]) == _bare(stated)


def test_every_child_of_a_platform_is_free_of_intrusions_when_applied(platform: Platform) -> None:
    for child in assemble(platform, Given({}, secrets_complete=True, provisioned=True)):
        live = write({}, child.manifest, {"manager": "somebody", "operation": "Update"})
        assert intrusions(child.kind, child.manifest, live) == (), child.key
