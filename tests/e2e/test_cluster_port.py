"""The stories of the cluster port on the real API server, in a namespace of their own."""

import math
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from hack.scenarios.cluster import Cluster as RealCluster
from photo_operator.cluster.client import build_client
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.kube import KubeCluster
from tests.support.cluster_contract import ClusterContract
from tests.support.operator_processes import empty_namespace

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def real_namespace(cluster: RealCluster) -> Iterator[str]:
    with empty_namespace(cluster, "operator-port") as name:
        yield name


class TestKubeCluster(ClusterContract):
    @pytest.fixture
    def manifest(self) -> dict[str, Any]:
        sample: dict[str, Any] = yaml.safe_load((ROOT / "examples/photoplatform.yaml").read_text())
        return sample

    @pytest.fixture
    def namespace(self, real_namespace: str) -> str:
        return real_namespace

    @pytest.fixture
    async def port(self, namespace: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[KubeCluster]:
        monkeypatch.setenv("KUBECONFIG", str(ROOT / ".local/kubeconfig"))
        client = build_client()
        port = KubeCluster(client, lambda: math.inf)
        yield port
        for kind, name in ((Kind.CONFIG_MAP, "a-map"), (Kind.PLATFORM, "demo"), (Kind.EVENT, "demo.1")):
            await port.delete(kind, namespace, name)
        await client.close()
