"""The Job that prepares the engines: topics, schemas, keyspace, buckets. Pure; called by `assemble`.

A Job cannot be changed, so its name contains a hash of its inputs: another image or engine makes another Job.
"""

import hashlib
from collections.abc import Mapping

import msgspec

from photo_operator.components.catalog import PROVISIONER, Component
from photo_operator.crds.metadata import child_metadata
from photo_operator.crds.platform import Manifest, Platform
from photo_operator.desired.pods import build_container, build_pod_spec, config_hash, pod_labels

RETRIES = 5
DEADLINE_SECONDS = 600


def schema_version(platform: Platform, secret_hashes: Mapping[str, str]) -> str:
    """Return a hash of the inputs of provisioning."""
    content = (platform.spec.image.reference, config_hash(platform, PROVISIONER, secret_hashes))
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:10]


def job_name(platform: Platform, version: str) -> str:
    """Return the name of the Job that brings a platform to a schema version."""
    return f"{platform.metadata.name}-provision-{version}"


def build_provisioning_job(platform: Platform, secret_hashes: Mapping[str, str]) -> Manifest:
    """Return the provisioning Job."""
    pod = build_pod_spec(platform, PROVISIONER, build_container(platform, PROVISIONER))
    pod["restartPolicy"] = "Never"
    name = job_name(platform, schema_version(platform, secret_hashes))
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": child_metadata(platform, name, Component.PROVISION),
        "spec": {
            "backoffLimit": RETRIES,
            "activeDeadlineSeconds": DEADLINE_SECONDS,
            "template": {"metadata": {"labels": pod_labels(platform, Component.PROVISION)}, "spec": pod},
        },
    }
