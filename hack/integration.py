"""Run the suites that need real engines as a Job in the cluster, with the environment that a pod has.

Called by `make test`. The Job is made from the platform's provisioning Job, so that engines, secrets and settings are
those of the platform and stand in one place. Works the same on kind, where pods' addresses cannot be reached.
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
SUITES = ("tests/contract", "tests/integration")
DEADLINE_SECONDS = 900


def build_job(provisioning: Json, image: str) -> Json:
    """Return the Job that runs the suites: the platform's provisioning Job with another image and command."""
    template = copy.deepcopy(provisioning["spec"]["template"])
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
    container.pop("args", None)
    container["env"].append({"name": "HYPOTHESIS_STORAGE_DIRECTORY", "value": "/tmp/hypothesis"})  # noqa: S108 - a pod's own
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": {"app.kubernetes.io/name": NAME}},
        "spec": {"backoffLimit": 0, "activeDeadlineSeconds": DEADLINE_SECONDS, "template": template},
    }


def run_integration(image: str) -> None:
    """Run the Job and print what pytest printed.

    Raises:
        StepError: a test failed, or the Job did not run.
    """
    with step("contract and integration suites on the real engines (a Job in the cluster)"):
        jobs = client.BatchV1Api(config.new_client_from_config(str(paths.KUBECONFIG)))
        _replace(jobs, build_job(_provisioning_job(jobs), image))
        _follow()
        _require_success(jobs)


def _provisioning_job(jobs: Any) -> Json:
    found = jobs.list_namespaced_job(NAMESPACE, label_selector="app.kubernetes.io/component=provision").items
    if not found:
        raise StepError("integration suites", "the platform has no provisioning Job: is it Ready? Run `make up`")
    job: Json = jobs.api_client.sanitize_for_serialization(found[-1])
    return job


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
