from typing import Any

import msgspec
import pytest

from photo_core.engines.kafka import KafkaVariable
from photo_core.engines.object_storage import ObjectStorageVariable
from photo_core.errors import Engine
from photo_core.settings import KEYS_FOLDER, Variable
from photo_operator.cluster.kinds import Kind
from photo_operator.components.catalog import DEPLOYED, RECORDS, Component
from photo_operator.crds.platform import Platform, decode_platform
from photo_operator.desired.assemble import Child, Given, assemble
from photo_operator.desired.pods import CONFIG_HASH

COMPLETE = Given(secret_hashes={"photo-kafka": "k1"}, secrets_complete=True, provisioned=True)


def _by_name(children: tuple[Child, ...], kind: Kind) -> dict[str, dict[str, Any]]:
    return {child.manifest["metadata"]["name"]: child.manifest for child in children if child.kind is kind}


def _deployments(platform: Platform, given: Given = COMPLETE) -> dict[str, dict[str, Any]]:
    return _by_name(assemble(platform, given), Kind.DEPLOYMENT)


def _container(deployment: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = deployment["spec"]["template"]["spec"]["containers"][0]
    return container


def test_a_platform_without_secrets_gets_neither_job_nor_deployments(platform: Platform) -> None:
    children = assemble(platform, Given({}, secrets_complete=False, provisioned=False))
    assert {child.kind for child in children}.isdisjoint({Kind.JOB, Kind.DEPLOYMENT})
    assert _by_name(children, Kind.SERVICE)


def test_deployments_wait_for_provisioning(platform: Platform) -> None:
    children = assemble(platform, Given({}, secrets_complete=True, provisioned=False))
    assert len(_by_name(children, Kind.JOB)) == 1
    assert not _by_name(children, Kind.DEPLOYMENT)


def test_every_component_is_deployed(platform: Platform) -> None:
    assert set(_deployments(platform)) == {f"demo-{spec.component}" for spec in DEPLOYED}


def test_every_child_is_owned_and_labelled(platform: Platform) -> None:
    for child in assemble(platform, COMPLETE):
        metadata = child.manifest["metadata"]
        assert metadata["ownerReferences"][0]["uid"] == "uid-demo"
        assert metadata["labels"]["app.kubernetes.io/instance"] == "demo"
        assert metadata["labels"]["app.kubernetes.io/component"]


def test_keys_of_children_are_unique(platform: Platform) -> None:
    keys = [child.key for child in assemble(platform, COMPLETE)]
    assert len(keys) == len(set(keys))


def test_assembling_twice_gives_the_same(platform: Platform) -> None:
    assert msgspec.json.encode([c.manifest for c in assemble(platform, COMPLETE)]) == msgspec.json.encode(
        [c.manifest for c in assemble(platform, COMPLETE)]
    )


def test_no_manifest_holds_a_number_of_pods(platform: Platform) -> None:
    assert not [name for name, deployment in _deployments(platform).items() if "replicas" in deployment["spec"]]


def test_the_api_follows_its_cpu_within_the_bounds_of_the_spec(platform: Platform) -> None:
    spec = _by_name(assemble(platform, COMPLETE), Kind.AUTOSCALER)["demo-api"]["spec"]
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "demo-api"}
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 4)
    target = {"type": "Utilization", "averageUtilization": 70}
    assert spec["metrics"] == [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]


def test_the_autoscaler_waits_for_what_it_scales(platform: Platform) -> None:
    assert not _by_name(assemble(platform, Given({}, secrets_complete=True, provisioned=False)), Kind.AUTOSCALER)


def test_pods_run_under_the_restricted_profile(platform: Platform) -> None:
    for deployment in _deployments(platform).values():
        pod = deployment["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert _container(deployment)["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_who_obeys_the_policy_gets_a_token_and_only_the_api_the_signing_keys(platform: Platform) -> None:
    obeying = {f"demo-{component}" for component in ("api", "fanout-planner", "fanout", "image-encode", "media-ingest")}
    for name, deployment in _deployments(platform).items():
        pod = deployment["spec"]["template"]["spec"]
        volumes = {volume["name"] for volume in pod["volumes"]}
        assert pod["automountServiceAccountToken"] is (name in obeying)
        assert (f"secret-{KEYS_FOLDER}" in volumes) is (name == "demo-api")


def test_a_rotated_secret_rolls_only_the_pods_that_mount_it(platform: Platform) -> None:
    def hashes(secrets: dict[str, str]) -> dict[str, str]:
        given = Given(secrets, secrets_complete=True, provisioned=True)
        return {
            name: found["spec"]["template"]["metadata"]["annotations"][CONFIG_HASH]
            for name, found in _deployments(platform, given).items()
        }

    before, after = hashes({"photo-redis": "1"}), hashes({"photo-redis": "2"})
    users_of_redis = {f"demo-{spec.component}" for spec in DEPLOYED if Engine.REDIS in spec.engines}
    assert {name for name in before if before[name] != after[name]} == users_of_redis


def test_the_spec_reaches_the_environment(platform: Platform) -> None:
    env = {item["name"]: item.get("value") for item in _container(_deployments(platform)["demo-api"])["env"]}
    assert env[KafkaVariable.PREFIX] == "demo."
    assert env[KafkaVariable.PARTITION_DIVISOR] == "4"
    assert env[Variable.CELEBRITY_THRESHOLD] == "400"
    assert env[ObjectStorageVariable.PUBLIC_ENDPOINT] == "http://10.89.0.1:30900"


def test_the_planner_knows_the_age_from_which_posts_are_pulled(manifest: dict[str, Any]) -> None:
    feed = manifest["spec"]["feed"] | {"skipFanoutAfter": "10m"}
    platform = decode_platform(manifest | {"spec": manifest["spec"] | {"feed": feed}})
    env = _container(_deployments(platform)["demo-fanout-planner"])["env"]
    assert {"name": Variable.FEED_SKIP_FANOUT_AFTER, "value": "10m"} in env


def test_the_provisioning_job_is_another_for_another_image_and_the_same_for_other_replicas(
    manifest: dict[str, Any],
) -> None:
    def job(changed: dict[str, Any]) -> str:
        children = assemble(decode_platform(manifest | {"spec": manifest["spec"] | changed}), COMPLETE)
        return next(iter(_by_name(children, Kind.JOB)))

    assert job({"image": {"repository": "r", "tag": "2"}}) != job({})
    assert job({"api": {"replicas": {"min": 3, "max": 4}}}) == job({})


PORTS = {
    Engine.KAFKA: 9092,
    Engine.REDIS: 6379,
    Engine.CASSANDRA: 9042,
    Engine.POSTGRES: 5432,
    Engine.OBJECT_STORAGE: 7070,
}


@pytest.mark.parametrize("component", list(Component))
def test_every_component_has_a_network_policy_for_its_engines_alone(platform: Platform, component: Component) -> None:
    policies = _by_name(assemble(platform, COMPLETE), Kind.NETWORK_POLICY)
    ports = {port["port"] for rule in policies[f"demo-{component}"]["spec"]["egress"] for port in rule["ports"]}
    record = RECORDS[component]
    api_server = {443, 6443} if record.watches_policy else set()
    public_endpoint = {30900} if record.uses_public_endpoint else set()
    assert ports == {53} | {PORTS[engine] for engine in record.engines} | api_server | public_endpoint
