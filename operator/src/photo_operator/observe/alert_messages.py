"""What Alertmanager sends to a webhook (version 4 of its payload), decoded strictly.

Called by `process.alert_receiver`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from photo_core.errors import PermanentFailure

NAMESPACE, PLATFORM, NAME = "namespace", "instance_name", "alertname"  # the labels that name the alert and its platform
MOST_ALERTS = 500  # in one notification


class AlertStatus(StrEnum):
    """Whether an alert fires."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Alert(Struct, frozen=True, rename="camel"):
    """One alert; one that fires again after it was resolved has another start."""

    status: AlertStatus
    labels: dict[str, str]
    starts_at: Annotated[datetime, Meta(tz=True)]
    fingerprint: Annotated[str, Meta(pattern="^[0-9a-f]{1,64}$")]
    annotations: dict[str, str] = {}

    @property
    def name(self) -> str:
        """What the alert is called, as its runbook is."""
        return self.labels.get(NAME, "")

    @property
    def platform(self) -> tuple[str, str] | None:
        """Namespace and name of its platform; None where its labels do not name one."""
        namespace, name = self.labels.get(NAMESPACE), self.labels.get(PLATFORM)
        return (namespace, name) if namespace and name else None

    @property
    def incident(self) -> str:
        """The same for every notification of one incident: fingerprint and start."""
        return f"{self.fingerprint}-{int(self.starts_at.timestamp())}"


class Notification(Struct, frozen=True):
    """What is sent at once."""

    version: Literal["4"]
    alerts: Annotated[tuple[Alert, ...], Meta(max_length=MOST_ALERTS)]


def decode(body: bytes) -> tuple[Alert, ...]:
    """Return the alerts of a notification.

    Raises:
        PermanentFailure: it is none; the text names the field.
    """
    try:
        return msgspec.json.decode(body, type=Notification).alerts
    except msgspec.DecodeError as error:
        raise PermanentFailure(f"not a notification of Alertmanager, version 4: {error}") from error
