"""The closed lists of condition types, reasons and events. A status contains no others."""

from enum import StrEnum

from msgspec import Struct


class ConditionType(StrEnum):
    """`status.conditions[].type`."""

    READY = "Ready"  # users can post and read, in any mode
    ENGINES_REACHABLE = "EnginesReachable"  # every engine answers the operator, with its credentials
    PROGRESSING = "Progressing"  # resources are changing into what the spec asks for
    DEGRADED = "Degraded"  # it works, but not as it should
    PAUSED = "Paused"  # the operator writes nothing on request, or no runbook starts because people are at work
    REMEDIATING = "Remediating"  # an execution of a runbook has not ended


class Reason(StrEnum):
    """`status.conditions[].reason`."""

    # Ready
    SERVING = "Serving"  # the API has available pods
    PROVISIONING = "Provisioning"  # the Job has not succeeded yet
    PROVISIONING_FAILED = "ProvisioningFailed"  # the Job gave up; tried again
    API_UNAVAILABLE = "ApiUnavailable"  # no pod of the API is available
    # EnginesReachable
    ALL_REACHABLE = "AllReachable"  # every probe is good
    NOT_PROBED = "NotProbed"  # the first probes are under way
    SECRET_MISSING = "SecretMissing"  # noqa: S105 - a reason
    SECRET_KEY_MISSING = "SecretKeyMissing"  # noqa: S105 - a reason
    SECRET_MALFORMED = "SecretMalformed"  # noqa: S105 - a reason; the key is there, its value cannot be used
    AUTHENTICATION_FAILED = "AuthenticationFailed"  # the engine refuses the credentials
    CERTIFICATE_REFUSED = "CertificateRefused"  # of another CA than ca.crt, expired, or of another host
    UNREACHABLE = "Unreachable"  # no answer in time, or no connection
    NOT_WHOLE = "NotWhole"  # it answers, but a part of it is missing
    # Progressing
    UP_TO_DATE = "UpToDate"  # all resources match the desired state and are rolled out
    APPLYING = "Applying"  # resources were written in this very pass, or a pause prevents it
    ROLLING_OUT = "RollingOut"  # pods are being replaced
    ROLLOUT_STUCK = "RolloutStuck"  # new pods do not start; the former version serves (of Degraded, too)
    CHILD_REFUSED = "ChildRefused"  # the API server refuses a resource
    # Degraded
    AS_EXPECTED = "AsExpected"  # nothing works worse than it should
    FEEDS_PULLED = "FeedsPulled"  # Redis is out, feeds come from timelines
    FEEDS_REBUILDING = "FeedsRebuilding"  # Redis is back, feeds are rebuilt
    ENGINE_DOWN = "EngineDown"  # an engine does not answer
    FOREIGN_SCALER = "ForeignScaler"  # somebody else has set a number of pods
    AUTOSCALER_BLIND = "AutoscalerBlind"  # the API's autoscaler gets no figures, so it changes nothing
    WORKER_UNAVAILABLE = "WorkerUnavailable"  # a worker has no available pod
    # Paused
    REQUESTED = "Requested"  # spec.pauseRequests asks for it: nothing but the status is written
    MAINTENANCE_WINDOW = "MaintenanceWindow"  # one of spec.maintenanceWindows is open: no runbook starts by itself
    NOT_PAUSED = "NotPaused"  # the operator acts
    # Remediating
    RUNBOOK_RUNNING = "RunbookRunning"  # an execution has not ended
    IDLE = "Idle"  # none is


class EventReason(StrEnum):
    """`Event.reason`: transitions only."""

    CONDITION_CHANGED = "ConditionChanged"  # the status of a condition changed
    CHILD_RESTORED = "ChildRestored"  # a resource that somebody changed was restored
    FEED_MODE_CHANGED = "FeedModeChanged"  # feeds are served in another mode
    FANOUT_SCALED = "FanoutScaled"  # the scaler changed the number of fan-out workers
    ENCODE_SCALED = "EncodeScaled"  # the same for the encoders
    RUNBOOK_STARTED = "RunbookStarted"  # an execution was created
    RUNBOOK_WAITS = "RunbookWaits"  # it waits for an approval, or a guard forbids to act
    RUNBOOK_ENDED = "RunbookEnded"  # it has ended; where it escalated, a person has to look
    APPROVAL_JUDGED = "ApprovalJudged"  # a RunbookApproval was accepted or refused


class News(Struct, frozen=True):
    """The content of a Kubernetes Event."""

    reason: EventReason
    message: str
    warning: bool = False
