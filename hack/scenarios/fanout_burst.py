"""Bursts of fan-out messages that are larger than one worker can handle, and how the scaler reacts.

Used by tests/e2e. The messages are published to Kafka directly, for posts and viewers that have no accounts. So no API
is involved, and every single delivery can be checked afterwards.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hack.scenarios.cluster import PHOTOS, Cluster, Json, wait_for

SCRIPT = Path(__file__).with_name("fanout_messages.py")
VIEWERS = 40
WIDTH = 400  # further viewers of each message, who have no cached feed
WARM_UP_MESSAGES = 150  # from which the scaler learns the rate of one worker
STATUS_DELAY_SECONDS = 5  # until the status shows a new lag
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class FanoutSample:
    """The fan-out workers at one moment, in seconds after the messages were in Kafka."""

    at: float
    fanout: Json

    @property
    def lag(self) -> int:
        """The number of waiting messages."""
        return int(self.fanout.get("lag", 0))


@dataclass
class MessageBurst:
    """A published burst and the samples taken since. Times are seconds after the messages were in Kafka."""

    messages: int
    expected: Json
    began: float
    began_at: str  # RFC 3339 UTC, by the cluster's clock
    samples: list[FanoutSample] = field(default_factory=list)

    def moves(self) -> list[Json]:
        """Return the scaler's decisions since the burst began."""
        decisions: list[Json] = self.samples[-1].fanout.get("decisions", [])
        return [found for found in decisions if found["time"] >= self.began_at]

    def first(self, holds: Callable[[FanoutSample], bool]) -> float:
        """Return the time of the first sample for which a condition holds, or infinity."""
        return next((sample.at for sample in self.samples if holds(sample)), float("inf"))


class FanoutBursts:
    """Publishes bursts and watches the fan-out workers."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._pod = cluster.component("feed-rebuild")[0].name
        self._viewers = [str(viewer) for viewer in self._run("heads", str(VIEWERS))]

    def warm_up(self) -> float:
        """Let the scaler learn the rate of one worker, and return about that rate, in messages per second."""
        burst = self.publish(WARM_UP_MESSAGES)
        self.watch(burst, lambda sample: sample.lag == 0 and sample.at > STATUS_DELAY_SECONDS, 120)
        return WARM_UP_MESSAGES / burst.samples[-1].at

    def publish(self, messages: int) -> MessageBurst:
        """Publish this many messages."""
        began_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        expected = self._run("burst", str(messages), str(WIDTH), *self._viewers)
        return MessageBurst(messages, expected, time.monotonic(), began_at)

    def watch(self, burst: MessageBurst, until: Callable[[FanoutSample], bool], deadline: float) -> None:
        """Sample the workers until a condition holds."""

        def look() -> bool:
            sample = FanoutSample(time.monotonic() - burst.began, self._cluster.fanout_status())
            burst.samples.append(sample)
            return until(sample)

        wait_for(f"{burst.messages} messages", look, deadline, POLL_SECONDS)

    def missing(self, burst: MessageBurst) -> int:
        """Count the deliveries of a burst that are missing from the feeds."""
        return int(self._run("missing", json.dumps(burst.expected)))

    def _run(self, *words: str) -> Any:
        printed = self._cluster.run(PHOTOS, self._pod, ["python3", "-c", SCRIPT.read_text(), *words])
        try:
            return json.loads(printed.strip().splitlines()[-1])
        except (ValueError, IndexError):
            raise AssertionError(f"fanout_messages {words[0]}: {printed}") from None


def pauses(logs: list[str], since: str) -> list[tuple[float, float]]:
    """Return the intervals in which a reassigned partition had no consumer: start and end, in seconds.

    Args:
        logs: JSON lines of all members of the group, including those that have left.
        since: RFC 3339 UTC; earlier entries do not count.
    """
    entries = (entry for log in logs for entry in _entries(log) if entry["timestamp"] >= since)
    told = sorted(entries, key=lambda entry: str(entry["timestamp"]))
    given_up: dict[str, float] = {}
    found = []
    for entry in told:
        at = datetime.fromisoformat(entry["timestamp"]).timestamp()
        for partition in entry["partitions"]:
            if entry["event"] == "partitions revoked":
                given_up[partition] = at
            elif partition in given_up:
                found.append((given_up.pop(partition), at))
    return found


def covered_seconds(intervals: list[tuple[float, float]]) -> float:
    """Return the total time that is covered by at least one interval."""
    covered, until = 0.0, float("-inf")
    for begin, end in sorted(intervals):
        covered += max(0.0, end - max(begin, until))
        until = max(until, end)
    return covered


def _entries(log: str) -> list[Json]:
    found = []
    for line in log.splitlines():
        if line.startswith("{") and '"partitions ' in line:
            entry: Json = json.loads(line)
            found.append(entry)
    return found
