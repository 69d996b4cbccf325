"""A runbook as its manifest states it: `kind: Runbook`, of a folder below runbooks/ or of a platform's namespace.

Read by `runbooks.loader`, checked further by `runbook_rules`, copied into the plan of every execution. Rules that the
CRD cannot express are in `runbook_rules`; every field here is used by `runbooks.execution` or `runbooks.guards`.
"""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from photo_core.domain.runtime_policy import FeedMode, Level, Positive, ReadConsistency
from photo_operator.signals import Signal

Seconds = Annotated[int, Meta(ge=0, le=86_400)]
Name = Annotated[str, Meta(min_length=1, max_length=63)]
Sentence = Annotated[str, Meta(min_length=1, max_length=512)]


class Part(Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """The base of every part of a runbook: camelCase, and nothing that is not known."""


class Leg(StrEnum):
    """When a step is put in force; it stays so until it is undone."""

    MITIGATE = "Mitigate"  # helps users while the cause lasts; undone once the cause is gone
    RECOVER = "Recover"  # the cause is gone; undone once that is verified


class Action(StrEnum):
    """The closed list of effects that a step may have; each is undone by leaving it out of the policy."""

    SET_FEED_MODE = "SetFeedMode"  # how pods serve feeds: parameter mode
    SET_DEGRADED_LEVEL = "SetDegradedLevel"  # what the platform leaves out: level
    SET_READ_CONSISTENCY = "SetReadConsistency"  # of reads that may be old, never of writes: consistency
    SKIP_OLD_POSTS = "SkipOldPosts"  # posts that waited longer are pulled, not pushed: olderThanSeconds
    SPLIT_CELEBRITIES = "SplitCelebrities"  # authors of so many followers are pulled: threshold
    LIMIT_POSTING = "LimitPosting"  # posts of one account: perMinute
    PAUSE_UPLOADS = "PauseUploads"  # no upload is begun; what was uploaded is processed
    RECLAIM_MEDIA = "ReclaimMedia"  # encodings that take longer are taken over: afterSeconds
    SCALE_FANOUT = "ScaleFanout"  # the scaler goes no lower: replicas, a number or "max"


class GuardedTarget(StrEnum):
    """What one execution at a time may act on; held by the Lease `<platform>-<target>`."""

    FEED_CACHE = "FeedCache"  # how feeds are served
    FANOUT = "Fanout"  # the fan-out's pods and what they push; the scaler yields
    DATABASE = "Database"  # how Cassandra is asked
    UPLOADS = "Uploads"  # whether uploads are begun
    ENCODE = "Encode"  # the encoders' leases


class RunbookComponent(StrEnum):
    """What `minimumHealthy` may count: the Deployments that runbooks act on."""

    API = "api"  # answers users
    FANOUT = "fanout"  # pushes posts
    FANOUT_PLANNER = "fanout-planner"  # splits posts into follower ranges
    FEED_REBUILD = "feed-rebuild"  # makes lost feeds whole
    IMAGE_ENCODE = "image-encode"  # encodes


class FeedModeName(StrEnum):
    """`mode` of SetFeedMode."""

    PULL = "Pull"  # from author timelines; Redis is not asked
    REBUILDING = "Rebuilding"  # whole feeds from Redis, others rebuilt as they are read
    PUSH = "Push"  # from Redis

    @property
    def mode(self) -> FeedMode:
        """As the runtime policy says it."""
        return FeedMode(self.value.lower())


class Condition(Part, frozen=True, kw_only=True):
    """One bound of one signal; it does not hold while the signal is not known."""

    signal: Signal
    above: float | None = None
    below: float | None = None
    for_seconds: Seconds = 0  # without a break, as this leader saw it


class Trigger(Part, frozen=True):
    """What creates an execution, besides an alert of the runbook's name."""

    any_of: Annotated[tuple[Condition, ...], Meta(max_length=16)] = ()


class Check(Part, frozen=True):
    """One question of the diagnosis, and what is known once its condition holds."""

    name: Name
    condition: Condition
    finding: Sentence


class Require(StrEnum):
    """How many checks confirm."""

    ALL = "All"
    ANY = "Any"


class Diagnosis(Part, frozen=True):
    """What has to be seen before anything is done: an alert alone never acts."""

    checks: Annotated[tuple[Check, ...], Meta(min_length=1, max_length=16)]
    require: Require = Require.ALL
    within_seconds: Seconds = 60  # then the execution ends as Inconclusive


class BlastRadius(Part, frozen=True):
    """How much of the platform the steps may touch."""

    percent_of_pods: Annotated[int, Meta(ge=1, le=100)] = 100


class MinimumHealthy(Part, frozen=True):
    """How many pods must serve before anything is done to them."""

    component: RunbookComponent
    available: Annotated[int, Meta(ge=1, le=1000)]


class Guards(Part, frozen=True):
    """What forbids to act; all of it is judged again from the cluster in each pass."""

    targets: Annotated[tuple[GuardedTarget, ...], Meta(min_length=1, max_length=5)]
    cooldown_seconds: Seconds = 60  # after an execution of this runbook has ended, none is created for so long
    maximum_per_hour: Annotated[int, Meta(ge=1, le=60)] = 5  # executions of this runbook that acted
    ineffective_limit: Annotated[int, Meta(ge=1, le=10)] = 3  # so many that did not help are escalated
    ineffective_within_seconds: Seconds = 14_400
    maximum_active: Annotated[int, Meta(ge=1, le=10)] = 4  # executions that act at once in a namespace: storm stop
    blast_radius: BlastRadius = BlastRadius()
    minimum_healthy: MinimumHealthy | None = None


class Parameters(Part, frozen=True):
    """The arguments of an action: exactly those that `runbook_rules.PARAMETERS` names for it."""

    mode: FeedModeName | None = None
    level: Level | None = None
    consistency: ReadConsistency | None = None
    older_than_seconds: Positive | None = None
    threshold: Positive | None = None
    per_minute: Positive | None = None
    after_seconds: Positive | None = None
    replicas: Positive | Literal["max"] | None = None


class Step(Part, frozen=True):
    """One step of a runbook."""

    name: Name
    leg: Leg
    action: Action
    description: Sentence
    parameters: Parameters = Parameters()
    timeout_seconds: Annotated[int, Meta(ge=1, le=3600)] = 60  # until its effect is seen; then all is undone


class Otherwise(StrEnum):
    """What happens when a verification fails in time."""

    COMPENSATE = "Compensate"  # undo everything; it did not help
    KEEP = "Keep"  # go on all the same, and say so


class Verification(Part, frozen=True):
    """Whether a leg did what it should: all conditions hold."""

    conditions: Annotated[tuple[Condition, ...], Meta(max_length=16)] = ()
    at_least_seconds: Seconds = 0  # not earlier
    within_seconds: Seconds = 120  # not later
    otherwise: Otherwise = Otherwise.COMPENSATE


class Settling(Part, frozen=True):
    """What recovery waits for too, but no longer than so many seconds after the cause has gone."""

    conditions: Annotated[tuple[Condition, ...], Meta(min_length=1, max_length=16)]
    within_seconds: Seconds


class Recovery(Part, frozen=True):
    """How the platform comes back once the cause is gone."""

    when: Annotated[tuple[Condition, ...], Meta(min_length=1, max_length=16)]  # all of them: the cause is gone
    healthy_for_seconds: Seconds = 30
    settling: Settling | None = None
    verification: Verification = Verification()
    give_up_after_seconds: Annotated[int, Meta(ge=60, le=604_800)] | None = None  # then undo and escalate


class Runbook(Part, frozen=True):
    """`Runbook.spec`: what to do about an alert."""

    alert: Annotated[str, Meta(pattern="^[A-Z][A-Za-z0-9]*$", max_length=63)]
    summary: Sentence
    diagnosis: Diagnosis
    guards: Guards
    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=16)]
    recovery: Recovery
    trigger: Trigger = Trigger()
    verification: Verification = Verification()
