"""Which runtime policy a pod obeys."""

from pathlib import Path

import httpx2
import msgspec
from lightkube import AsyncClient
from lightkube.config.kubeconfig import KubeConfig
from lightkube.config.models import Cluster, User
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ConfigMap
from prometheus_client import REGISTRY

from photo_core.domain.runtime_policy import POLICY_KEY, FeedMode, RuntimePolicy
from photo_core.runtime_policy_watch import RuntimePolicyWatch

PUSH_2 = RuntimePolicy(FeedMode.PUSH, 0, leader_epoch=2)
PULL_3 = RuntimePolicy(FeedMode.PULL, 1, leader_epoch=3)


def config_map(policy: RuntimePolicy) -> ConfigMap:
    data = {POLICY_KEY: msgspec.json.encode(policy).decode()}
    return ConfigMap(metadata=ObjectMeta(name="demo-runtime", resourceVersion="7"), data=data)


def watch_in(folder: Path) -> RuntimePolicyWatch:
    return RuntimePolicyWatch("demo-runtime", "photos", folder)


def test_the_mounted_file_holds_at_the_start(tmp_path: Path) -> None:
    (tmp_path / POLICY_KEY).write_bytes(msgspec.json.encode(PULL_3))
    assert watch_in(tmp_path).current() == PULL_3


def test_without_a_file_or_with_a_broken_one_feeds_are_pushed(tmp_path: Path) -> None:
    assert watch_in(tmp_path).current() == RuntimePolicy()
    (tmp_path / POLICY_KEY).write_text("{")
    assert watch_in(tmp_path).current() == RuntimePolicy()


def test_a_deposed_leaders_policy_is_ignored(tmp_path: Path) -> None:
    watch = watch_in(tmp_path)
    watch.offer(config_map(PULL_3))
    watch.offer(config_map(PUSH_2))
    assert watch.current() == PULL_3
    assert REGISTRY.get_sample_value("degraded_level") == PULL_3.degraded_level


def test_a_config_map_without_a_policy_changes_nothing(tmp_path: Path) -> None:
    watch = watch_in(tmp_path)
    watch.offer(config_map(PULL_3))
    watch.offer(ConfigMap(metadata=ObjectMeta(name="demo-runtime")))
    assert watch.current() == PULL_3


async def test_outside_a_cluster_there_is_nothing_to_watch(tmp_path: Path) -> None:
    await watch_in(tmp_path).keep_watching()


async def test_a_stream_is_followed_from_the_present_state_on(tmp_path: Path) -> None:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        if len(asked) > 1:
            return httpx2.Response(500, json={"kind": "Status", "message": "gone away", "code": 500})
        event = {"type": "ADDED", "object": config_map(PULL_3).to_dict()}
        return httpx2.Response(200, content=msgspec.json.encode(event) + b"\n")

    watch = watch_in(tmp_path)
    config = KubeConfig.from_one(cluster=Cluster(server="http://kubernetes.test"), user=User(token="t"))
    client = AsyncClient(config=config.get(), transport=httpx2.MockTransport(answer))
    await watch.follow_stream(client)
    assert watch.current() == PULL_3
    assert asked[0].url.params["fieldSelector"] == "metadata.name=demo-runtime"
    assert "resourceVersion" not in asked[0].url.params
