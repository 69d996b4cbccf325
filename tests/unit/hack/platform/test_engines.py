from typing import Any

from hack.platform.engines import build_values, unready
from hack.platform.transport import Transport


def workload(ready: int, updated: int = 6, observed: int = 2) -> dict[str, Any]:
    return {
        "metadata": {"name": "redis", "generation": 2},
        "spec": {"replicas": 6},
        "status": {"observedGeneration": observed, "readyReplicas": ready, "updatedReplicas": updated},
    }


def test_a_workload_is_ready_when_every_pod_is_new_and_ready() -> None:
    assert unready([workload(6)]) == []


def test_a_workload_is_not_ready_while_a_pod_is_missing_old_or_unseen() -> None:
    assert unready([workload(5), workload(6, updated=5), workload(6, observed=1)]) == ["redis"] * 3


def test_values_name_the_loaded_images_only() -> None:
    class Names(dict[str, str]):
        def __missing__(self, key: str) -> str:
            return f"{key}:1"

    values = build_values(Names(), {"feed.rules.yaml": "groups: []"}, Transport.TLS)

    assert values["images"]["kafka"] == "kafka:1"
    assert "engines-java" not in values["images"]
    assert values["tls"] == {"enabled": True}
    assert values["prometheus"]["rules"] == {"feed.rules.yaml": "groups: []"}
