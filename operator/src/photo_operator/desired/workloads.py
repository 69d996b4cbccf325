"""Deployments of the API and the workers. Pure; called by `assemble`. The provisioning Job has its own module.

They do not contain `spec.replicas`: `scaling` or the autoscaler sets it.
"""

import hashlib
from collections.abc import Mapping

import msgspec

from photo_core.settings import HTTP_PORT, METRICS_PORT
from photo_operator.components.catalog import DEPLOYED, Component, ComponentRecord
from photo_operator.crds.metadata import child_metadata
from photo_operator.crds.names import deployment_name
from photo_operator.crds.platform import Manifest, Platform
from photo_operator.desired.pods import (
    CONFIG_HASH,
    build_container,
    build_pod_spec,
    config_hash,
    pod_labels,
    pod_selector,
)

VERSION = "photoplatform.io/version"  # annotation: hash of the desired pod template; drift does not change it


def _ports(record: ComponentRecord) -> list[Manifest]:
    metrics = {"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"}
    http = {"name": "http", "containerPort": HTTP_PORT, "protocol": "TCP"}
    return [http, metrics] if record.serves_http else [metrics]


def _http_probe(path: str, port: str, failures: int) -> Manifest:
    return {
        "httpGet": {"path": path, "port": port, "scheme": "HTTP"},
        "periodSeconds": 5,
        "timeoutSeconds": 3,
        "failureThreshold": failures,
    }


def _probes(record: ComponentRecord) -> Manifest:
    if record.serves_http:
        return {
            "startupProbe": _http_probe("/healthz", "http", 24),
            "readinessProbe": _http_probe("/readyz", "http", 2),
            "livenessProbe": _http_probe("/healthz", "http", 6),
        }
    return {
        "startupProbe": _http_probe("/healthz", "metrics", 24),
        "livenessProbe": _http_probe("/healthz", "metrics", 6),
    }


def _annotations(platform: Platform, record: ComponentRecord, secret_hashes: Mapping[str, str]) -> dict[str, str]:
    return {
        CONFIG_HASH: config_hash(platform, record, secret_hashes),
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(METRICS_PORT),
    }


def _spread(platform: Platform, component: Component) -> list[Manifest]:
    return [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": pod_selector(platform, component)},
        }
    ]


def _strategy() -> Manifest:
    # a pod is removed only when its successor is available, so a version that does not start replaces nothing
    return {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}}


def _template(platform: Platform, record: ComponentRecord, secret_hashes: Mapping[str, str]) -> Manifest:
    component = record.component
    container = build_container(platform, record) | {"ports": _ports(record)} | _probes(record)
    pod = build_pod_spec(platform, record, container)
    pod["terminationGracePeriodSeconds"] = record.grace_seconds
    pod["topologySpreadConstraints"] = _spread(platform, component)
    return {
        "metadata": {
            "labels": pod_labels(platform, component),
            "annotations": _annotations(platform, record, secret_hashes),
        },
        "spec": pod,
    }


def build_deployment(platform: Platform, record: ComponentRecord, secret_hashes: Mapping[str, str]) -> Manifest:
    """Return a component's Deployment."""
    component = record.component
    name = deployment_name(platform.metadata.name, component)
    template = _template(platform, record, secret_hashes)
    body: Manifest = {
        "selector": {"matchLabels": pod_selector(platform, component)},
        "strategy": _strategy(),
        "revisionHistoryLimit": 3,
        "progressDeadlineSeconds": 300,
        "template": template,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": child_metadata(platform, name, component) | {"annotations": {VERSION: _version(template)}},
        "spec": body,
    }


def _version(template: Manifest) -> str:
    return hashlib.sha256(msgspec.json.encode(template, order="sorted")).hexdigest()[:16]


def build_deployments(platform: Platform, secret_hashes: Mapping[str, str]) -> list[Manifest]:
    """Return every Deployment of a platform."""
    return [build_deployment(platform, record, secret_hashes) for record in DEPLOYED]
