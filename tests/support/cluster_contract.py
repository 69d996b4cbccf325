"""What the operator relies on of the API server: the same stories for the cluster in memory and for a real one.

A subclass gives the fixtures `port` and `namespace`; the fake's runs in `make check`, the real one's with the cluster.
"""

from typing import Any

import pytest

from photo_operator.cluster.kinds import FIELD_MANAGER, POLICY_MANAGER, Kind
from photo_operator.cluster.port import CONFLICT, Cluster, ClusterRefused
from photo_operator.crds.platform import Manifest, decode_platform

LABELS = {"app.kubernetes.io/instance": "demo"}


def config_map(namespace: str, **data: str) -> Manifest:
    metadata = {"name": "a-map", "namespace": namespace, "labels": LABELS}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def event(namespace: str, count: int) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "demo.1", "namespace": namespace},
        "involvedObject": {"kind": "ConfigMap", "name": "a-map", "namespace": namespace},
        "reason": "ChildRestored",
        "message": "put back",
        "type": "Normal",
        "count": count,
    }


def version(manifest: Manifest) -> str:
    return str(manifest["metadata"]["resourceVersion"])


class ClusterContract:
    """The stories."""

    async def test_what_is_applied_is_listed_with_its_kind_and_labels(self, port: Cluster, namespace: str) -> None:
        await port.apply(Kind.CONFIG_MAP, config_map(namespace, a="1"), FIELD_MANAGER)
        found = await port.list(Kind.CONFIG_MAP, namespace, LABELS)
        assert [(item["kind"], item["metadata"]["name"], item["data"]) for item in found] == [
            ("ConfigMap", "a-map", {"a": "1"})
        ]
        assert await port.list(Kind.CONFIG_MAP, namespace, {"app.kubernetes.io/instance": "other"}) == []

    async def test_what_is_applied_again_is_the_same_version(self, port: Cluster, namespace: str) -> None:
        first = await port.apply(Kind.CONFIG_MAP, config_map(namespace, a="1"), FIELD_MANAGER)
        assert version(await port.apply(Kind.CONFIG_MAP, config_map(namespace, a="1"), FIELD_MANAGER)) == version(first)
        assert version(await port.apply(Kind.CONFIG_MAP, config_map(namespace, a="2"), FIELD_MANAGER)) != version(first)

    async def test_two_managers_own_a_field_each(self, port: Cluster, namespace: str) -> None:
        await port.apply(Kind.CONFIG_MAP, config_map(namespace, a="1"), FIELD_MANAGER)
        stored = await port.apply(Kind.CONFIG_MAP, config_map(namespace, b="2"), POLICY_MANAGER)
        assert stored["data"] == {"a": "1", "b": "2"}

    async def test_a_version_that_is_no_longer_there_is_a_conflict(self, port: Cluster, namespace: str) -> None:
        first = await port.apply(Kind.CONFIG_MAP, config_map(namespace, a="1"), FIELD_MANAGER)
        await port.apply(Kind.CONFIG_MAP, config_map(namespace, a="2"), FIELD_MANAGER)
        late = config_map(namespace, a="3")
        late["metadata"] = late["metadata"] | {"resourceVersion": version(first)}
        with pytest.raises(ClusterRefused) as refused:
            await port.apply(Kind.CONFIG_MAP, late, FIELD_MANAGER)
        assert refused.value.reason == CONFLICT
        held = await port.get(Kind.CONFIG_MAP, namespace, "a-map")
        assert held is not None
        assert held["data"] == {"a": "2"}

    async def test_what_is_created_twice_is_refused(self, port: Cluster, namespace: str) -> None:
        await port.create(Kind.CONFIG_MAP, config_map(namespace, a="1"))
        with pytest.raises(ClusterRefused) as refused:
            await port.create(Kind.CONFIG_MAP, config_map(namespace, a="2"))
        assert refused.value.reason == "AlreadyExists"

    async def test_what_is_gone_is_none_and_may_be_deleted_again(self, port: Cluster, namespace: str) -> None:
        await port.create(Kind.CONFIG_MAP, config_map(namespace, a="1"))
        await port.delete(Kind.CONFIG_MAP, namespace, "a-map")
        assert await port.get(Kind.CONFIG_MAP, namespace, "a-map") is None
        await port.delete(Kind.CONFIG_MAP, namespace, "a-map")

    async def test_an_event_that_is_told_again_is_counted(self, port: Cluster, namespace: str) -> None:
        await port.apply(Kind.EVENT, event(namespace, 1), FIELD_MANAGER)
        assert (await port.apply(Kind.EVENT, event(namespace, 2), FIELD_MANAGER))["count"] == 2

    async def test_a_status_goes_to_the_version_that_was_read_and_is_no_new_generation(
        self, port: Cluster, namespace: str, manifest: dict[str, Any]
    ) -> None:
        platform = manifest | {"metadata": {"name": "demo", "namespace": namespace}}
        read = decode_platform(await port.create(Kind.PLATFORM, platform)).metadata
        written = await port.patch_status(Kind.PLATFORM, read, {"leaderEpoch": 3, "feedMode": "Push"})
        assert written["status"] == {"leaderEpoch": 3, "feedMode": "Push"}
        assert written["metadata"]["generation"] == read.generation
        assert version(written) != read.resource_version
        with pytest.raises(ClusterRefused) as refused:
            await port.patch_status(Kind.PLATFORM, read, {"leaderEpoch": 2})
        assert refused.value.reason == CONFLICT

    async def test_a_none_takes_a_member_out_of_a_status(
        self, port: Cluster, namespace: str, manifest: dict[str, Any]
    ) -> None:
        platform = manifest | {"metadata": {"name": "demo", "namespace": namespace}}
        created = await port.create(Kind.PLATFORM, platform)
        written = await port.patch_status(
            Kind.PLATFORM, decode_platform(created).metadata, {"leaderEpoch": 3, "feedMode": "Push"}
        )
        after = await port.patch_status(Kind.PLATFORM, decode_platform(written).metadata, {"feedMode": None})
        assert after["status"] == {"leaderEpoch": 3}
