"""The PhotoPlatform resource as frozen structs, with the CRD's defaults; executions and approvals are in `execution`.

Decoded from what the API server returns by `decode_platform`; nothing here talks to it. Validation is the CRD's.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct, field

from photo_operator.crds.base import Spec
from photo_operator.crds.engines import Engines

GROUP = "photoplatform.io"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

Manifest = dict[str, Any]


class PullPolicy(StrEnum):
    """When a node pulls the image."""

    ALWAYS = "Always"  # a moving tag
    IF_NOT_PRESENT = "IfNotPresent"  # the default
    NEVER = "Never"  # images are loaded into the node


class ModeOfFeeds(StrEnum):
    """`spec.feed.mode`."""

    AUTO = "Auto"  # push, and pull while Redis is down
    PUSH = "Push"  # never flipped by the operator
    PULL = "Pull"  # never flipped by the operator


class RemediationMode(StrEnum):
    """`spec.remediation.mode`."""

    AUTOMATIC = "Automatic"  # act
    APPROVAL = "Approval"  # plan and wait for a RunbookApproval
    DRY_RUN = "DryRun"  # plan only
    OFF = "Off"  # not even an execution


class ServiceType(StrEnum):
    """`spec.api.service.type`."""

    CLUSTER_IP = "ClusterIP"  # behind an ingress of the SRE's
    NODE_PORT = "NodePort"  # on every node


class Image(Spec, frozen=True):
    """The image of the API and of the workers."""

    repository: str
    tag: str
    pull_policy: PullPolicy = PullPolicy.IF_NOT_PRESENT

    @property
    def reference(self) -> str:
        """Repository and tag."""
        return f"{self.repository}:{self.tag}"


class Replicas(Spec, frozen=True):
    """Bounds of the number of pods."""

    min: int = 1
    max: int = 1


class RateLimits(Spec, frozen=True):
    """Refusals with 429 beyond these."""

    requests_per_second_per_account: int = 100


class ApiService(Spec, frozen=True):
    """How the API is reached."""

    type: ServiceType = ServiceType.CLUSTER_IP
    node_port: int | None = None


Quantities = dict[str, str | int]


class Resources(Spec, frozen=True):
    """Requests and limits of a pod, as Kubernetes quantities."""

    requests: Quantities = field(default_factory=dict)
    limits: Quantities = field(default_factory=dict)


class DeployedSpec(Spec, frozen=True):
    """Settings of any component; the defaults are in its record in `photo_operator.components`."""

    replicas: Replicas | None = None
    resources: Resources = Resources()


class Api(DeployedSpec, frozen=True):
    """The HTTP API."""

    rate_limits: RateLimits = RateLimits()
    service: ApiService = ApiService()


class ScheduledEvent(Spec, frozen=True):
    """A recurring time of high load, before which workers are started; see `maintenance` for its times."""

    schedule: str  # cron, in UTC
    duration_minutes: int
    replicas: int
    reason: str


class WorkerSpec(DeployedSpec, frozen=True):
    """Settings of a worker; the last two apply only to workers that are scaled by lag."""

    drain_target_seconds: int | None = None
    scheduled_events: tuple[ScheduledEvent, ...] = ()


class Feed(Spec, frozen=True):
    """How feeds are made."""

    mode: ModeOfFeeds = ModeOfFeeds.AUTO
    celebrity_threshold: int = 10_000
    cap: int = 800
    inactive_after_days: int = 30
    skip_fanout_after: str = "1h"
    rebuilds_per_second: int = 500


class Media(Spec, frozen=True):
    """Limits of uploads, in bytes."""

    max_photo_bytes: int = 20_971_520


class RunbookMode(Spec, frozen=True):
    """What the operator does about one alert, where it differs from the rest."""

    alert: str
    mode: RemediationMode


class Remediation(Spec, frozen=True):
    """What the operator does about incidents."""

    mode: RemediationMode = RemediationMode.AUTOMATIC
    runbooks: tuple[RunbookMode, ...] = ()

    def mode_of(self, alert: str) -> RemediationMode:
        """Return the mode of an alert's runbook: its own, else that of all."""
        own = {runbook.alert: runbook.mode for runbook in self.runbooks}
        return own.get(alert, self.mode)


class MaintenanceWindow(Spec, frozen=True):
    """When people work on the engines, so that no runbook starts by itself; see `maintenance`."""

    schedule: str  # cron, in UTC
    duration_minutes: int
    reason: str


class PauseRequest(Spec, frozen=True):
    """A request to change nothing, and its reason."""

    reason: str


class PlatformSpec(Spec, frozen=True):
    """`PhotoPlatform.spec`."""

    image: Image
    engines: Engines
    api: Api = Api()
    workers: dict[str, WorkerSpec] = field(default_factory=dict)  # by the name in the worker's record
    feed: Feed = Feed()
    media: Media = Media()
    remediation: Remediation = Remediation()
    degraded_level: int = 0
    pause_requests: tuple[PauseRequest, ...] = ()
    maintenance_windows: tuple[MaintenanceWindow, ...] = ()


class Metadata(Struct, frozen=True, rename="camel"):
    """What the operator reads of an object's metadata."""

    name: str
    namespace: str
    uid: str
    generation: int = 0
    resource_version: str = ""
    creation_timestamp: str | None = None


class Platform(Struct, frozen=True, rename="camel"):
    """A PhotoPlatform; `status` stays the API server's own mapping, since it is compared as a whole."""

    metadata: Metadata
    spec: PlatformSpec
    status: dict[str, Any] = field(default_factory=dict)


def decode_platform(manifest: Mapping[str, Any]) -> Platform:
    """Decode a PhotoPlatform.

    Raises:
        msgspec.ValidationError: it is not what the CRD promises; the message names the field.
    """
    return msgspec.convert(dict(manifest), Platform)
