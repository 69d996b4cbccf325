"""The HorizontalPodAutoscaler of the API, by CPU. Pure; called by `assemble`.

Workers have none: `scaling` sets their number by the lag of their consumer groups.
"""

from photo_operator.components.catalog import DEPLOYED, ComponentRecord
from photo_operator.components.spec import replicas_of
from photo_operator.crds.metadata import child_metadata
from photo_operator.crds.names import deployment_name
from photo_operator.crds.platform import Manifest, Platform

CPU_PERCENT = 70  # of the request; an event loop uses at most one core, and the p99 rises well before that
UP_EVERY_SECONDS = 15  # the autoscaler's own period; each time the number may double or grow by two
STABILIZATION_SECONDS = 300  # a removed pod closes connections, so a short lull removes none
DOWN_EVERY_SECONDS = 60


def build_autoscalers(platform: Platform) -> list[Manifest]:
    """Return an autoscaler for each component whose record asks for one."""
    return [_build_autoscaler(platform, record) for record in DEPLOYED if record.autoscaled]


def _build_autoscaler(platform: Platform, record: ComponentRecord) -> Manifest:
    name = deployment_name(platform.metadata.name, record.component)
    bounds = replicas_of(platform.spec, record.component)
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": child_metadata(platform, name, record.component),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": bounds.min,
            "maxReplicas": bounds.max,
            "metrics": [_cpu()],
            "behavior": {"scaleUp": _up(), "scaleDown": _down()},
        },
    }


def _cpu() -> Manifest:
    target = {"type": "Utilization", "averageUtilization": CPU_PERCENT}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def _up() -> Manifest:
    policies = [
        {"type": "Percent", "value": 100, "periodSeconds": UP_EVERY_SECONDS},
        {"type": "Pods", "value": 2, "periodSeconds": UP_EVERY_SECONDS},
    ]
    return {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": policies}


def _down() -> Manifest:
    policies = [{"type": "Pods", "value": 1, "periodSeconds": DOWN_EVERY_SECONDS}]
    return {"stabilizationWindowSeconds": STABILIZATION_SECONDS, "selectPolicy": "Max", "policies": policies}
