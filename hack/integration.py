"""Runs the suites that need real engines as a Job in the cluster, with the environment of a pod.

Called by `make test`. The Job is derived from the Deployment of the API, which uses every engine, so that engines,
Secrets and settings are those of the platform.
"""

import copy
import subprocess
import sys
import time
from typing import Any

from kubernetes import client, config

from hack import paths
from hack.steps import StepError, step

Json = dict[str, Any]
NAMESPACE = "photos"
NAME = "photoplatform-tests"
API = "demo-api"
SUITES = ("tests/contract", "tests/integration")
DEADLINE_SECONDS = 900


# Fields of the API's container that make no sense for pytest.
SERVER_FIELDS = ("args", "ports", "startupProbe", "readinessProbe", "livenessProbe", "lifecycle")


def build_job(api: Json, image: str) -> Json:
    """Return the Job that runs the suites: the pod of the API with another image and command."""
    template = copy.deepcopy(api["spec"]["template"])
    template["metadata"] = {"labels": {"app.kubernetes.io/name": NAME}}
    pod = template["spec"]
    pod["restartPolicy"] = "Never"
    container = pod["containers"][0]
    container |= {
        "name": "tests",
        "image": image,
        "command": ["python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "real", *SUITES],
        "resources": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "256Mi"}},
    }
    for key in SERVER_FIELDS:
        container.pop(key, None)
    container["env"].append({"name": "HYPOTHESIS_STORAGE_DIRECTORY", "value": "/tmp/hypothesis"})  # noqa: S108 - a pod's own
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": {"app.kubernetes.io/name": NAME}},
        "spec": {"backoffLimit": 0, "activeDeadlineSeconds": DEADLINE_SECONDS, "template": template},
    }


def run_integration(image: str) -> None:
    """Run the Job and print the output of pytest.

    Raises:
        StepError: a test failed, or the Job did not start.
    """
    with step("contract and integration suites on the real engines (a Job in the cluster)"):
        api = config.new_client_from_config(str(paths.KUBECONFIG))
        jobs = client.BatchV1Api(api)
        deployment = client.AppsV1Api(api).read_namespaced_deployment(API, NAMESPACE)
        _replace(jobs, build_job(api.sanitize_for_serialization(deployment), image))
        _follow()
        _require_success(jobs)


def _replace(jobs: Any, job: Json) -> None:
    _kubectl("delete", "job", NAME, "--ignore-not-found", "--wait")
    jobs.create_namespaced_job(NAMESPACE, job)


def _follow() -> None:
    _kubectl("wait", "--for=jsonpath={.status.active}=1", f"job/{NAME}", "--timeout=60s")
    _kubectl("wait", "--for=condition=Ready", "pod", "-l", f"app.kubernetes.io/name={NAME}", "--timeout=120s")
    _kubectl("logs", "--follow", f"job/{NAME}")


def _require_success(jobs: Any) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        status = jobs.read_namespaced_job_status(NAME, NAMESPACE).status
        if status.succeeded:
            return
        if status.failed:
            break
        time.sleep(0.5)
    raise StepError("integration suites", f"failed; read: kubectl -n {NAMESPACE} logs job/{NAME}")


def _kubectl(*words: str) -> None:
    tool = paths.TOOLS / "kubectl"
    subprocess.run(
        [tool, "--kubeconfig", paths.KUBECONFIG, "-n", NAMESPACE, *words],
        stdout=sys.stdout,
        stderr=sys.stderr,
        check=False,
    )
