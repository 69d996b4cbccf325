"""Writes the pods to scrape into a file for Prometheus, because Debian builds it without Kubernetes discovery.

Runs beside Prometheus. A pod is scraped when it is annotated `prometheus.io/scrape: "true"`, at `prometheus.io/port`
and `prometheus.io/path` (default /metrics).
"""  # noqa: INP001 - a script mounted into a pod, not a package

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import time
from pathlib import Path
from typing import Any

from pods import list_pods

_TARGETS = Path("/targets/pods.json")
_PASS_SECONDS = 5.0

log = logging.getLogger("discovery")


def build_target(pod: dict[str, Any]) -> dict[str, Any] | None:
    """Return the pod's entry in the file format of Prometheus, or None if it must not be scraped now."""
    metadata, status = pod["metadata"], pod.get("status", {})
    annotations, labels = metadata.get("annotations", {}), metadata.get("labels", {})
    wanted = annotations.get("prometheus.io/scrape") == "true" and "prometheus.io/port" in annotations
    if not wanted or status.get("phase") != "Running" or not status.get("podIP"):
        return None
    return {
        "targets": [f"{status['podIP']}:{annotations['prometheus.io/port']}"],
        "labels": {
            "__metrics_path__": annotations.get("prometheus.io/path", "/metrics"),
            "namespace": metadata["namespace"],
            "pod": metadata["name"],
            "instance_name": labels.get("app.kubernetes.io/instance", ""),
            "component": labels.get("app.kubernetes.io/component", ""),
        },
    }


def write_targets(namespaces: list[str]) -> None:
    """Replace the file atomically, so that Prometheus never reads an incomplete one."""
    found = (build_target(pod) for namespace in namespaces for pod in list_pods(namespace))
    unfinished = _TARGETS.with_suffix(".unfinished")
    unfinished.write_text(json.dumps([target for target in found if target is not None]))
    unfinished.rename(_TARGETS)


def main() -> None:
    """Write the file every few seconds until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("namespaces", nargs="*")
    namespaces = parser.parse_args().namespaces
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stdout)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        try:
            write_targets(namespaces)
        except OSError as error:
            log.warning("the Kubernetes API does not answer: %s", error)
        time.sleep(_PASS_SECONDS)


if __name__ == "__main__":
    main()
