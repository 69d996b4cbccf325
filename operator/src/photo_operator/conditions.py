"""The closed lists of condition types, reasons and events. Nothing in a status says anything else."""

from enum import StrEnum

from msgspec import Struct


class ConditionType(StrEnum):
    """`status.conditions[].type`."""

    READY = "Ready"  # users can post and read, in any mode
    ENGINES_REACHABLE = "EnginesReachable"  # every engine answers the operator, with its credentials
    PROGRESSING = "Progressing"  # children are on their way to what the spec says
    DEGRADED = "Degraded"  # it works, but not as it should
    PAUSED = "Paused"  # the operator holds still on request, or no runbook starts since people are at work
    REMEDIATING = "Remediating"  # a runbook is under way


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
    UP_TO_DATE = "UpToDate"  # every child is as it shall be and rolled out
    APPLYING = "Applying"  # children were written in this very pass, or a pause holds them back
    ROLLING_OUT = "RollingOut"  # pods are being replaced
    ROLLOUT_STUCK = "RolloutStuck"  # new pods do not start; the former version serves (of Degraded, too)
    CHILD_REFUSED = "ChildRefused"  # the API server refuses a child
    # Degraded
    AS_EXPECTED = "AsExpected"  # nothing to complain of
    FEEDS_PULLED = "FeedsPulled"  # Redis is out, feeds come from timelines
    FEEDS_REBUILDING = "FeedsRebuilding"  # Redis is back, feeds are rebuilt
    ENGINE_DOWN = "EngineDown"  # an engine does not answer
    FOREIGN_SCALER = "ForeignScaler"  # somebody else sets a number of workers
    AUTOSCALER_BLIND = "AutoscalerBlind"  # the API's autoscaler gets no figures, so that the number of pods stays
    WORKER_UNAVAILABLE = "WorkerUnavailable"  # a worker has no available pod
    # Paused
    REQUESTED = "Requested"  # spec.pauseRequests says so: nothing but status is written
    MAINTENANCE_WINDOW = "MaintenanceWindow"  # one of spec.maintenanceWindows is open: no runbook starts by itself
    NOT_PAUSED = "NotPaused"  # the operator acts
    # Remediating
    RUNBOOK_RUNNING = "RunbookRunning"  # an execution is under way
    IDLE = "Idle"  # none is


class EventReason(StrEnum):
    """`Event.reason`: transitions only."""

    CONDITION_CHANGED = "ConditionChanged"  # a condition turned
    CHILD_RESTORED = "ChildRestored"  # a child was put back as it shall be
    FEED_MODE_CHANGED = "FeedModeChanged"  # pods were told another mode
    FANOUT_SCALED = "FanoutScaled"  # the scaler moved
    ENCODE_SCALED = "EncodeScaled"  # the same for the encoders
    RUNBOOK_STARTED = "RunbookStarted"  # an execution was created
    RUNBOOK_WAITS = "RunbookWaits"  # it waits for a person, or a guard forbids it
    RUNBOOK_ENDED = "RunbookEnded"  # it has ended; escalated, where a person has to look
    APPROVAL_JUDGED = "ApprovalJudged"  # a RunbookApproval was accepted or refused


class News(Struct, frozen=True):
    """One thing to be told."""

    reason: EventReason
    message: str
    warning: bool = False
