"""Installs charts/engines and waits until every engine is ready.

Called by `make up` after the credentials exist and the images are loaded. It changes nothing if the release in the
cluster has the same chart and values.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from hack import paths
from hack.images import catalog
from hack.platform import helm
from hack.platform.credentials import ALERT_WEBHOOK, ENGINES, OPERATOR
from hack.platform.kubectl import get, kubectl
from hack.platform.transport import Transport
from hack.steps import StepError, report, step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RULES = paths.ROOT / "alerts"
ALERT_WEBHOOK_URL = f"http://photoplatform-operator-alerts.{OPERATOR}.svc.cluster.local:8082/alerts"
_READY_SECONDS = 180
_POLL_SECONDS = 0.5


def install_engines(names: Mapping[str, str], transport: Transport) -> None:
    """Install this clone's chart and wait until it is ready; `names` is key -> full name of every image."""
    rules = {file.name: file.read_text() for file in sorted(RULES.glob("*.rules.yaml"))}
    release = helm.Release(ENGINES, ENGINES, build_values(names, rules, transport))
    if not helm.is_installed(release):
        with step("install charts/engines", release.log):
            helm.install(release)
    with step("wait for the engines"):
        wait_until_ready()


def build_values(names: Mapping[str, str], rules: Mapping[str, str], transport: Transport) -> dict[str, Any]:
    """Return the chart's values: this clone's images and alert rules (file name -> content)."""
    images = {image.key: names[image.key] for image in catalog.ENGINES if image.loaded}
    tls = {"enabled": transport is Transport.TLS}
    alertmanager = {"webhookURL": ALERT_WEBHOOK_URL, "webhookSecret": ALERT_WEBHOOK}
    return {"images": images, "tls": tls, "prometheus": {"rules": dict(rules)}, "alertmanager": alertmanager}


def unready(workloads: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names of the workloads that have pods which are old or not ready."""
    return [item["metadata"]["name"] for item in workloads if not _is_ready(item)]


def wait_until_ready() -> None:
    """Report each engine when it becomes ready; raise StepError with the log of one that does not."""
    deadline = time.monotonic() + _READY_SECONDS
    waiting: list[str] | None = None
    while waiting != []:
        left = unready(get("statefulsets,deployments", f"--namespace={ENGINES}"))
        for name in sorted(set(waiting or ()) - set(left)):
            report(f"  {name} is ready")
        waiting = left
        if waiting and time.monotonic() > deadline:
            raise _not_ready(waiting[0])
        time.sleep(_POLL_SECONDS if waiting else 0)


def _is_ready(item: Mapping[str, Any]) -> bool:
    status, wanted = item.get("status", {}), item["spec"]["replicas"]
    current = status.get("observedGeneration") == item["metadata"]["generation"]
    ready = status.get("updatedReplicas", 0) == wanted == status.get("readyReplicas", 0)
    return bool(current and ready)


def _not_ready(name: str) -> StepError:
    log = paths.LOGS / f"engine-{name}.log"
    selector = f"--selector=app.kubernetes.io/name={name}"
    pods = kubectl("describe", "pods", f"--namespace={ENGINES}", selector)
    words = kubectl("logs", f"--namespace={ENGINES}", selector, "--all-containers", "--prefix", "--tail=200")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"{pods}\n{words}")
    return StepError("wait for the engines", f"{name} is not ready after {_READY_SECONDS} s", log)
