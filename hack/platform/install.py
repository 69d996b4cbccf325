"""Installs the CRDs, the operator and the sample resource, and waits until the platform is Ready.

Called by `make up`. Everything is applied each time; what is up to date does not change.
"""

import subprocess
import time
from collections.abc import Mapping
from typing import Any

import yaml

from hack import paths
from hack.platform import helm
from hack.platform.credentials import ALERT_WEBHOOK
from hack.platform.kubectl import kubectl
from hack.platform.transport import Transport
from hack.steps import StepError, report, step

SYSTEM, PHOTOS, PLATFORM = "photoplatform-system", "photos", "demo"
SAMPLE = paths.ROOT / "examples/photoplatform.yaml"
READY_SECONDS = 300
Json = dict[str, Any]


def split_image(name: str) -> tuple[str, str]:
    """Return repository and tag of `repository:tag`."""
    repository, _, tag = name.rpartition(":")
    return repository, tag


def build_sample(sample: Json, image: str, node_address: str, transport: Transport) -> Json:
    """Return the sample resource with this clone's image and the cluster's address for uploads."""
    repository, tag = split_image(image)
    sample["spec"]["image"] = sample["spec"].get("image", {}) | {"repository": repository, "tag": tag}
    sample["spec"]["engines"]["objectStorage"] |= {
        "endpoint": f"{transport.scheme}://s3.engines.svc.cluster.local:7070",
        "publicEndpoint": f"{transport.scheme}://{node_address}:30900",
    }
    return sample


def build_releases(operator_image: str) -> tuple[helm.Release, ...]:
    """Return the releases of the CRDs and of the operator, in the order in which they are installed."""
    repository, tag = split_image(operator_image)
    values = {
        "image": {"repository": repository, "tag": tag},
        "watchNamespaces": [PHOTOS],
        "alertWebhook": {"secretRef": {"name": ALERT_WEBHOOK}},
    }
    return (
        helm.Release("photoplatform-crds", SYSTEM, {}, ("--create-namespace",)),
        helm.Release("photoplatform-operator", SYSTEM, values, ("--wait", "--timeout=180s")),
    )


def install_platform(images: Mapping[str, str], node_address: str, transport: Transport) -> None:
    """Install CRDs and operator, apply the sample and wait until it is Ready."""
    for release in build_releases(images["photoplatform-operator"]):
        if not helm.is_installed(release):
            with step(f"install charts/{release.name}", release.log):
                helm.install(release)
    sample = build_sample(yaml.safe_load(SAMPLE.read_text()), images["photoplatform"], node_address, transport)
    with step(f"apply {SAMPLE.relative_to(paths.ROOT)}"):
        kubectl("apply", "-f", "-", stdin=yaml.safe_dump(sample))
    with step("wait until the platform is Ready"):
        wait_ready()
    paths.LOCAL.joinpath("api-url").write_text(f"http://{node_address}:30080\n")


def read_platform() -> Json:
    """Return the platform from the cluster."""
    found: Json = yaml.safe_load(kubectl("-n", PHOTOS, "get", "photoplatform", PLATFORM, "-o", "yaml"))
    return found


def summarise(platform: Json) -> str:
    """Return the unmet conditions in one line, or an empty text if the platform is Ready."""
    status = platform.get("status", {})
    if status.get("observedGeneration") != platform["metadata"]["generation"]:
        return "the operator has not looked at the resource yet"
    conditions = {c["type"]: c for c in status.get("conditions", [])}
    good = {"Ready": "Serving", "EnginesReachable": "AllReachable", "Progressing": "UpToDate"}
    wrong = [conditions.get(kind, {"type": kind}) for kind, reason in good.items() if not _is(conditions, kind, reason)]
    return "; ".join(f"{c['type']}: {c.get('reason', 'unknown')} {c.get('message', '')}".strip() for c in wrong)


def _is(conditions: Mapping[str, Json], kind: str, reason: str) -> bool:
    # Compare reasons: Progressing is also False if a rollout is stuck.
    return bool(conditions.get(kind, {}).get("reason") == reason)


def wait_ready() -> None:
    """Wait until the platform is Ready, and print the unmet conditions whenever they change.

    Raises:
        StepError: the platform is not Ready in time; says what is missing and which command to run.
    """
    end, printed = time.monotonic() + READY_SECONDS, ""
    while missing := summarise(read_platform()):
        if missing != printed:
            report(f"  {missing}")
            printed = missing
        if time.monotonic() > end:
            look = f"kubectl --kubeconfig .local/kubeconfig -n {PHOTOS} describe pp {PLATFORM}"
            raise StepError("wait until the platform is Ready", f"{missing}\nrun: {look}")
        time.sleep(0.5)


def print_summary() -> None:
    """Print the address of the API and the platform as kubectl shows it."""
    url = paths.LOCAL.joinpath("api-url").read_text().strip()
    report(f"the platform is Ready: {url}")
    subprocess.run(
        [paths.TOOLS / "kubectl", "--kubeconfig", paths.KUBECONFIG, "-n", PHOTOS, "get", "photoplatform"], check=False
    )
