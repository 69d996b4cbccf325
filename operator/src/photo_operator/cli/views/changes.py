"""The output of the commands that change the cluster."""

from photo_operator.cli.views.base import View
from photo_operator.crds.platform import PauseRequest, Platform


class PauseView(View, frozen=True):
    """`pause` and `resume`."""

    platform: str
    reasons: list[str]  # in force now
    changed: bool


class DoneView(View, frozen=True):
    """`approve` and `drill`: what was created, and what to look at next."""

    kind: str
    name: str
    next_step: str


def add_reason(requests: tuple[PauseRequest, ...], reason: str) -> tuple[str, ...]:
    """Return the reasons with one more; duplicates are dropped."""
    return tuple(dict.fromkeys((*(request.reason for request in requests), reason)))


def drop_reason(requests: tuple[PauseRequest, ...], reason: str | None) -> tuple[str, ...]:
    """Return the reasons without one of them; without any if `reason` is None."""
    return tuple(request.reason for request in requests if reason is not None and request.reason != reason)


def build_pause_view(platform: Platform, reasons: tuple[str, ...]) -> PauseView:
    """Return the pause requests in force."""
    before = tuple(request.reason for request in platform.spec.pause_requests)
    return PauseView(platform=platform.metadata.name, reasons=list(reasons), changed=before != reasons)
