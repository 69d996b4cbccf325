from typing import Any

import pytest

from hack.platform.install import build_sample, split_image, summarise
from hack.platform.transport import Transport

GOOD = {"Ready": "Serving", "EnginesReachable": "AllReachable", "Progressing": "UpToDate"}


def platform(conditions: dict[str, str], observed: int = 3) -> dict[str, Any]:
    listed = [{"type": kind, "reason": reason} for kind, reason in conditions.items()]
    return {"metadata": {"generation": 3}, "status": {"observedGeneration": observed, "conditions": listed}}


def test_nothing_is_missing_when_the_platform_is_ready() -> None:
    assert summarise(platform(GOOD)) == ""


def test_an_old_status_says_nothing_of_the_new_resource() -> None:
    assert "not looked" in summarise(platform(GOOD, observed=2))


@pytest.mark.parametrize("kind", GOOD)
def test_each_wrong_condition_is_named_with_its_reason(kind: str) -> None:
    assert f"{kind}: RolloutStuck" in summarise(platform(GOOD | {kind: "RolloutStuck"}))


def test_the_sample_gets_this_clones_image_and_this_clusters_address() -> None:
    sample: dict[str, Any] = {"spec": {"image": {"pullPolicy": "Never"}, "engines": {"objectStorage": {}}}}
    spec = build_sample(sample, "localhost:5000/photoplatform:abc", "192.0.2.7", Transport.PLAIN)["spec"]
    assert spec["image"] == {"repository": "localhost:5000/photoplatform", "tag": "abc", "pullPolicy": "Never"}
    assert spec["engines"]["objectStorage"]["publicEndpoint"] == "http://192.0.2.7:30900"


def test_the_sample_reaches_a_store_that_speaks_tls_by_https() -> None:
    sample: dict[str, Any] = {"spec": {"engines": {"objectStorage": {}}}}
    storage = build_sample(sample, "a:b", "192.0.2.7", Transport.TLS)["spec"]["engines"]["objectStorage"]
    assert storage["endpoint"].startswith("https://s3.engines.svc")
    assert storage["publicEndpoint"] == "https://192.0.2.7:30900"


def test_a_registry_port_is_no_tag() -> None:
    assert split_image("registry:5000/a/b:1") == ("registry:5000/a/b", "1")
