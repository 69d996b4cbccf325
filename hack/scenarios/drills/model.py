"""What a drill is made of and what it tells. Used by `running` and by each drill."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from hack.scenarios.api import PhotoApi
from hack.scenarios.cluster import Cluster
from hack.scenarios.process_signals import ProcessSignals
from hack.scenarios.redis_loss import Stage


@dataclass(frozen=True)
class Field:
    """Where a drill takes place."""

    api: PhotoApi
    cluster: Cluster
    signals: ProcessSignals
    stage: Stage
    photograph: bytes
    now_ms: Callable[[], int]


Cause = Callable[[Field], AbstractAsyncContextManager[None]]
Look = Callable[[Field], AsyncIterator[str]]


@dataclass(frozen=True)
class Drill:
    """The cause of an incident, undone when its block ends, and what users must see once it is mitigated.

    `look` yields what is not as it should be; None where users see nothing of the runbook. Times are seconds.
    """

    runbook: str
    cause: Cause
    look: Look | None = None
    detected_within: float = 120
    mitigated_within: float = 240
    ended_within: float = 300


@dataclass
class Load:
    """What became of the requests beside the drill."""

    reads: int = 0
    posts: int = 0
    refused: int = 0  # with Retry-After: the platform says no, and until when
    failed: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)  # posts


@dataclass(frozen=True)
class DrillRun:
    """What came of a drill; times are seconds, `recovered` counts from the end of the cause."""

    runbook: str
    detected: float
    mitigated: float
    recovered: float
    phase: str
    decisions: int
    explanation: str
    load: Load
    findings: tuple[str, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Whether the runbook did all that it is for."""
        return self.phase == "Succeeded" and not self.findings
