"""Pod templates: one container, the secrets it uses as files, the restricted security profile. Pure."""

import hashlib
from collections.abc import Mapping

import msgspec

from photo_core.settings import KEYS_FOLDER, RUNTIME_DIR, SECRETS_DIR
from photo_operator.components.catalog import Component, ComponentRecord
from photo_operator.components.spec import resources_of
from photo_operator.crds.metadata import labels, selector
from photo_operator.crds.names import keys_name, runtime_name, secret_names, service_account_name
from photo_operator.crds.platform import Manifest, Platform
from photo_operator.desired.environment import build_environment, build_variables

CONFIG_HASH = "photoplatform.io/config-hash"
USER_ID = 10001


def mounted_secrets(platform: Platform, record: ComponentRecord) -> dict[str, str]:
    """Return folder -> Secret of everything that a component mounts."""
    names = secret_names(platform)
    mounted = {engine.secret_folder: names[engine] for engine in record.engines if engine in names}
    if record.mounts_signing_keys:
        mounted[KEYS_FOLDER] = keys_name(platform)
    return mounted


def config_hash(platform: Platform, record: ComponentRecord, secret_hashes: Mapping[str, str]) -> str:
    """Return a hash of what pods read only at their start; a new hash replaces the pods."""
    mounted = mounted_secrets(platform, record).values()
    content = (build_variables(platform, record), {name: secret_hashes.get(name, "") for name in sorted(mounted)})
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:16]


def build_resources(platform: Platform, record: ComponentRecord) -> Manifest:
    """Return requests and limits: those of the record, overridden by the spec."""
    stated = resources_of(platform.spec, record.component)
    request, limit = record.memory
    return {
        "requests": {"cpu": record.cpu, "memory": request} | _texts(stated.requests),
        "limits": {"memory": limit} | _texts(stated.limits),
    }


def _texts(quantities: Mapping[str, str | int]) -> dict[str, str]:
    return {name: str(value) for name, value in quantities.items()}


def _volumes(platform: Platform, record: ComponentRecord) -> list[Manifest]:
    secrets: list[Manifest] = [
        {"name": f"secret-{folder}", "secret": {"secretName": name}}
        for folder, name in mounted_secrets(platform, record).items()
    ]
    runtime = {"name": "runtime", "configMap": {"name": runtime_name(platform), "optional": True}}
    return [*secrets, runtime, {"name": "tmp", "emptyDir": {}}]


def _mounts(platform: Platform, record: ComponentRecord) -> list[Manifest]:
    secrets: list[Manifest] = [
        {"name": f"secret-{folder}", "mountPath": f"{SECRETS_DIR}/{folder}", "readOnly": True}
        for folder in mounted_secrets(platform, record)
    ]
    runtime = {"name": "runtime", "mountPath": RUNTIME_DIR, "readOnly": True}
    return [*secrets, runtime, {"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - an emptyDir of the pod's own


def build_container(platform: Platform, record: ComponentRecord) -> Manifest:
    """Return the container of a component, without ports and probes."""
    return {
        "name": record.component.value,
        "image": platform.spec.image.reference,
        "imagePullPolicy": platform.spec.image.pull_policy.value,
        "command": list(record.command),
        "env": build_environment(platform, record),
        "resources": build_resources(platform, record),
        "volumeMounts": _mounts(platform, record),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def build_pod_spec(platform: Platform, record: ComponentRecord, container: Manifest) -> Manifest:
    """Return the pod of a container, under the restricted security profile."""
    return {
        "serviceAccountName": service_account_name(platform),
        "automountServiceAccountToken": record.watches_policy,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER_ID,
            "runAsGroup": USER_ID,
            "fsGroup": USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": _volumes(platform, record),
    }


def pod_labels(platform: Platform, component: Component) -> dict[str, str]:
    """Return the labels of a component's pods."""
    return labels(platform.metadata.name, component)


def pod_selector(platform: Platform, component: Component) -> dict[str, str]:
    """Return the selector of a component's pods."""
    return selector(platform.metadata.name, component)
