"""The operator holds the cluster to what the resource says, and one of two replicas leads."""

import pytest
from kubernetes.client.exceptions import ApiException

from hack.scenarios.cluster import PHOTOS, SYSTEM, Cluster, wait_for

OPERATOR = "app.kubernetes.io/name=photoplatform-operator"


def test_a_deleted_child_is_restored(cluster: Cluster) -> None:
    deleted = cluster.core.read_namespaced_service("demo-api", PHOTOS).metadata.uid
    cluster.core.delete_namespaced_service("demo-api", PHOTOS)

    def restored() -> bool:
        found = cluster.core.list_namespaced_service(PHOTOS, field_selector="metadata.name=demo-api").items
        return bool(found) and found[0].metadata.uid != deleted

    wait_for("the service to be restored", restored, 10)


def test_a_hand_edited_child_is_restored(cluster: Cluster) -> None:
    intruder = {"spec": {"template": {"spec": {"containers": [{"name": "api", "image": "localhost/intruder:1"}]}}}}
    image = cluster.apps.read_namespaced_deployment("demo-api", PHOTOS).spec.template.spec.containers[0].image
    cluster.apps.patch_namespaced_deployment("demo-api", PHOTOS, intruder)

    def restored() -> bool:
        found = cluster.apps.read_namespaced_deployment("demo-api", PHOTOS)
        return bool(found.spec.template.spec.containers[0].image == image)

    wait_for("the image to be restored", restored, 10)


@pytest.mark.usefixtures("people")
def test_when_the_leader_is_killed_the_other_reconciles(cluster: Cluster) -> None:
    holder = cluster.lease_holder()
    leader = [pod for pod in cluster.pods(SYSTEM, OPERATOR) if holder.startswith(pod.name)]
    cluster.kill(SYSTEM, leader)
    wait_for("another leader", lambda: not cluster.lease_holder().startswith(leader[0].name), 20)
    cluster.core.delete_namespaced_service("demo-api", PHOTOS)
    wait_for(
        "the service to be restored by the other replica",
        lambda: cluster.core.list_namespaced_service(PHOTOS, field_selector="metadata.name=demo-api").items,
        20,
    )


def test_a_bad_resource_is_refused_with_a_sentence_that_says_what_to_write(cluster: Cluster) -> None:
    wrong = {"spec": {"workers": {"fanout": {"replicas": {"min": 5, "max": 2}}}}}
    with pytest.raises(ApiException) as refused:
        cluster.change(wrong)
    assert refused.value.status == 422
    assert "min" in refused.value.body
    assert "max" in refused.value.body


def test_a_missing_secret_is_named_with_the_next_step_and_the_platform_goes_on(cluster: Cluster) -> None:
    def reference(name: str) -> dict[str, object]:
        return {"spec": {"engines": {"kafka": {"secretRef": {"name": name}}}}}

    cluster.change(reference("photo-nowhere"))
    try:
        said = wait_for(
            "EnginesReachable to be False",
            lambda: c if "photo-nowhere" in (c := cluster.condition("EnginesReachable")).get("message", "") else None,
            30,
        )
        assert said["status"] == "False"
        assert cluster.condition("Ready")["status"] == "True"
    finally:
        cluster.change(reference("photo-kafka"))
    wait_for("EnginesReachable", lambda: cluster.condition("EnginesReachable").get("status") == "True", 60)
