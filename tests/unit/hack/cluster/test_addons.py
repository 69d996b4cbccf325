import yaml

from hack.cluster import addons


def test_every_value_of_the_manifests_is_filled_in() -> None:
    values = {"COREDNS_IMAGE": "dns:1", "METRICS_SERVER_IMAGE": "metrics:1", "KUBELET_TLS": "--tls"}
    text = addons.build_manifests(addons.names(), values)
    assert "${" not in text
    assert {"Deployment", "APIService", "StorageClass"} <= {found["kind"] for found in yaml.safe_load_all(text)}


def test_kind_gets_metrics_alone() -> None:
    text = addons.build_manifests([addons.METRICS], {"METRICS_SERVER_IMAGE": "metrics:1", "KUBELET_TLS": "--tls"})
    assert {found["metadata"]["name"] for found in yaml.safe_load_all(text) if found["kind"] == "Deployment"} == {
        "metrics-server"
    }
    assert "--tls" in text
