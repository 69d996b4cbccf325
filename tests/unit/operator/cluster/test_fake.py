import pytest

from photo_operator.cluster.fake import FakeCluster
from photo_operator.cluster.port import Cluster
from tests.support.cluster_contract import ClusterContract


class TestFakeCluster(ClusterContract):
    @pytest.fixture
    def port(self) -> Cluster:
        return FakeCluster()

    @pytest.fixture
    def namespace(self) -> str:
        return "photos"
