from typing import Any

from hack.integration import SUITES, build_job

API: dict[str, Any] = {
    "spec": {
        "template": {
            "metadata": {"labels": {"app.kubernetes.io/component": "api"}},
            "spec": {
                "restartPolicy": "Always",
                "containers": [
                    {
                        "name": "api",
                        "image": "a:1",
                        "args": ["serve"],
                        "readinessProbe": {"httpGet": {}},
                        "env": [{"name": "A", "value": "1"}],
                    }
                ],
                "volumes": [{"name": "secrets"}],
            },
        }
    }
}


def test_the_suites_run_with_the_environment_of_a_pod() -> None:
    pod = build_job(API, "tests:2")["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert {"name": "A", "value": "1"} in container["env"]
    assert container["image"] == "tests:2"
    assert container["command"][-2:] == list(SUITES)
    assert {"args", "readinessProbe"}.isdisjoint(container)
    assert pod["volumes"] == [{"name": "secrets"}]


def test_a_failed_suite_is_not_tried_again() -> None:
    job = build_job(API, "tests:2")["spec"]
    assert (job["backoffLimit"], job["template"]["spec"]["restartPolicy"]) == (0, "Never")


def test_the_deployment_is_left_as_it_was() -> None:
    build_job(API, "tests:2")
    assert API["spec"]["template"]["spec"]["containers"][0]["image"] == "a:1"
