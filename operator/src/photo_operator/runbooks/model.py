"""A runbook as its folder states it. Read by `loader`, planned by `planning`."""

from enum import StrEnum

from msgspec import Struct

from photo_core.domain.runtime_policy import FeedMode


class Leg(StrEnum):
    """When a step runs."""

    MITIGATE = "Mitigate"  # users shall stop suffering
    RECOVER = "Recover"  # the cause is gone


class Action(StrEnum):
    """The closed list of effects that a step may have."""

    SET_FEED_MODE = "SetFeedMode"  # tell pods how to serve feeds


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a runbook."""

    name: str
    leg: Leg
    action: Action
    feed_mode: FeedMode
    description: str


class Timing(Struct, frozen=True, forbid_unknown_fields=True):
    """How long is long enough, in seconds."""

    healthy_before_recovery: int  # the cause must be gone for so long
    breakers_may_delay: int  # open breakers of pods delay recovery until then
    verify_recovery_at_least: int
    verify_recovery_at_most: int  # then pods are trusted to look after themselves


class Runbook(Struct, frozen=True, forbid_unknown_fields=True):
    """A runbook: named as its alert, in the folder of that name."""

    name: str
    summary: str
    timing: Timing
    steps: tuple[Step, ...]
