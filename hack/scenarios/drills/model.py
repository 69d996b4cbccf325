"""The parts and the results of a drill. Used by `running` and by each drill."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from hack.scenarios.api import PhotoApi
from hack.scenarios.cluster import Cluster
from hack.scenarios.process_signals import ProcessSignals
from hack.scenarios.redis_loss import Participants


@dataclass(frozen=True)
class DrillContext:
    """What a drill needs: clients, users, a photograph and the time."""

    api: PhotoApi
    cluster: Cluster
    signals: ProcessSignals
    people: Participants
    photograph: bytes
    now_ms: Callable[[], int]


Cause = Callable[[DrillContext], AbstractAsyncContextManager[None]]
Verification = Callable[[DrillContext], AsyncIterator[str]]


@dataclass(frozen=True)
class Drill:
    """The cause of an incident, which is undone when its block ends, and what users must see after mitigation.

    `verify` yields what users see wrongly; it is None for runbooks without a visible effect. Times are seconds.
    """

    runbook: str
    cause: Cause
    verify: Verification | None = None
    detected_within: float = 120
    mitigated_within: float = 240
    ended_within: float = 300


@dataclass
class LoadCounts:
    """Counts of the requests that are made during a drill."""

    reads: int = 0
    posts: int = 0
    refused: int = 0  # 429 or 503 with Retry-After
    failed: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)  # posts


@dataclass(frozen=True)
class DrillRun:
    """Measurements of a drill. Times are seconds; `recovered` counts from the end of the cause."""

    runbook: str
    detected: float
    mitigated: float
    recovered: float
    phase: str
    decisions: int
    explanation: str
    load: LoadCounts
    findings: tuple[str, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Return whether the runbook succeeded and users saw what they should."""
        return self.phase == "Succeeded" and not self.findings
